//! Files of problems as spreadsheets, exports and scripts write them.

use contest_core::catalogue::Entry;
use contest_core::prelude::*;

fn csv(text: impl AsRef<[u8]>) -> Catalogue {
    Catalogue::from_csv(text.as_ref()).unwrap_or_else(|error| panic!("{error}"))
}

/// The faults, each with its place.
fn csv_faults(text: impl AsRef<[u8]>) -> Vec<String> {
    let error = Catalogue::from_csv(text.as_ref()).unwrap_err();
    error.faults().iter().map(ToString::to_string).collect()
}

fn json_faults(text: impl AsRef<[u8]>) -> Vec<String> {
    let error = Catalogue::from_json(text.as_ref()).unwrap_err();
    error.faults().iter().map(ToString::to_string).collect()
}

fn assert_parts(faults: &[String], parts: &[&str]) {
    assert_eq!(faults.len(), parts.len(), "{faults:#?}");
    for (fault, part) in faults.iter().zip(parts) {
        assert!(fault.contains(part), "{part:?} is not in {fault:?}");
    }
}

/// What an editor shows is the line that is named, whatever ends lines.
#[test]
fn lines_are_those_an_editor_shows() {
    let lines = [
        "slug,title,difficulty",
        "a,A,easy",
        "",
        "b,\"B, in quotes\",brutal",
        "  ",
        "",
        "c,C,easy,surplus",
        "d,D,brutal",
    ];
    for end in ["\n", "\r\n", "\r"] {
        for first in ["", "\u{feff}", end] {
            let text = format!("{first}{}", lines.join(end));
            let error = Catalogue::from_csv(text.as_bytes()).unwrap_err();
            let places: Vec<_> = error.faults().iter().map(|fault| fault.entry).collect();
            let before = u64::from(first == end);
            let expected = [4, 7, 8].map(|line| Entry::Line(line + before));
            assert_eq!(places, expected, "{text:?}: {error}");
            let header = format!("{first}{end}{end}slug,title{end}");
            let missing = Catalogue::from_csv(header.as_bytes()).unwrap_err();
            assert_eq!(
                missing.faults()[0].entry,
                Entry::Line(3 + before),
                "{header:?}"
            );
        }
    }
}

#[test]
fn every_fault_of_a_row_is_told() {
    let faults = csv_faults(
        "slug,title,difficulty,topics,link,position,id,retired,rating\n\
         no slug,,brutal,\u{200b},ftp://x,1.5,7,maybe,high\n",
    );
    let names = [
        "slug", "title", "brutal", "topic", "link", "7", "position", "retired", "rating",
    ];
    assert_eq!(faults.len(), 9, "{faults:#?}");
    for name in names {
        let told = |fault: &String| fault.starts_with("line 2: ") && fault.contains(name);
        assert!(faults.iter().any(told), "{name}: {faults:#?}");
    }
    let faults = json_faults(
        r#"[{"slug": "no slug", "title": 7, "dificulty": "Easy", "rating": "high",
             "position": -1, "retired": "maybe", "topics": ["A", 1], "slug": "b"}]"#,
    );
    let expected = [
        "entry 1: unknown field `dificulty`: expected one of slug, title",
        "entry 1: `topics` has 1 in it",
        "entry 1: `slug` occurs twice",
        "entry 1: \"no slug\" is not a slug",
        "entry 1: the title is 7: expected a text",
        "entry 1: the difficulty is missing",
        "entry 1: the position is -1: expected a whole number from 0",
        "entry 1: the retired is \"maybe\": expected true or false",
        "entry 1: the rating is \"high\": expected a number from -10000 to 10000",
    ];
    assert_parts(&faults, &expected);
}

#[test]
fn the_forms_of_spreadsheets_and_scripts_are_taken() {
    let plain = csv("slug,title,difficulty,topics,position,retired,rating\n\
         a,A,easy,Arrays;Hashing,1,true,1600\n\
         b,B,hard,,2,false,\n");
    for same in [
        // Letter case, spaces, whole numbers with a fraction, and empty columns at the end.
        " Slug ,TITLE,Difficulty,topics,position,Retired,rating,,\n\
         a,A,Easy,Arrays;Hashing,1.0,TRUE,1600.0,,\n\
         b,B,HARD,,2.0,False,NaN,,\n\
         ,,,,,,,,\n",
        "slug;title;difficulty;topics;position;retired;rating\r\n\
         a;A;easy;\"Arrays;Hashing\";1;true;1600\r\n\
         b;B;hard;;2;none;None\r\n",
        "slug\ttitle\tdifficulty\ttopics\tposition\tretired\trating\n\
         a\tA\teasy\tArrays;Hashing\t1\ttrue\t1600\n\
         b\tB\thard\t\t\t\tnull\n",
    ] {
        let read = csv(same);
        assert_eq!(read.problems(), plain.problems(), "{same}");
        assert!(read.conversions().is_empty());
    }
    let json = "\u{feff}[\
        {\"Slug\": \"a\", \"title\": \"A\", \"difficulty\": \"easy\", \"position\": 1.0, \
         \"topics\": [\"Arrays\", \"Hashing\"], \"retired\": true, \"rating\": 1600.0},\
        {\"slug\": \"b\", \"title\": \"B\", \"difficulty\": \"hard\", \"topics\": null, \
         \"link\": null, \"position\": null, \"id\": null, \"retired\": null, \"rating\": null}]";
    let read = Catalogue::from_json(json.as_bytes()).unwrap();
    assert_eq!(read.problems(), plain.problems());
}

#[test]
fn text_that_is_not_utf_8_is_named_by_its_line_with_a_hint() {
    let windows = b"slug,title,difficulty\r\na,A,easy\r\nb,Caf\xe9,easy\r\n";
    let hint = "line 3: not UTF-8: save the file as UTF-8";
    assert_eq!(csv_faults(windows), [hint]);
    let windows = b"[\n{\"slug\": \"a\",\n\"title\": \"Caf\xe9\"}]";
    assert_eq!(json_faults(windows), [hint]);
}

#[test]
fn fields_that_do_not_fit_the_header_are_told_and_not_dropped() {
    let faults = csv_faults(
        "slug;title;difficulty;topics;\n\
         a;A;easy;Arrays;Hashing\n\
         b;B;easy\n\
         c;C;easy;Arrays;;;\n",
    );
    assert_parts(
        &faults,
        &["line 2: it has 5 fields", "line 3: it has 3 fields"],
    );
    assert!(faults[0].contains("the separator `;`"), "{faults:?}");
    let unnamed = csv_faults(",slug,title,difficulty\n0,a,A,easy\n");
    assert_parts(
        &unnamed,
        &["line 2: \"0\" stands in a column without a name"],
    );
}

/// A problem list of `AtCoder` has slugs and ratings like these, one of `LeetCode` decimals.
#[test]
fn slugs_and_ratings_of_judges_are_taken_and_conversions_are_told() {
    let read = csv("slug,title,difficulty,rating\n\
         ABC001_A,A,easy,-848\n\
         APG4b_a,B,easy,1653.7\n\
         c,C,easy,-0.5\n\
         d,D,easy,2000.0\n");
    let slugs: Vec<_> = read
        .problems()
        .iter()
        .map(|problem| problem.slug.as_str())
        .collect();
    assert_eq!(slugs, ["ABC001_A", "APG4b_a", "c", "d"], "as they are");
    let ratings = read
        .problems()
        .iter()
        .map(|problem| problem.rating.map(Rating::get));
    let ratings: Vec<_> = ratings.flatten().collect();
    assert_eq!(ratings, [-848, 1_654, -1, 2_000]);
    let told: Vec<_> = read.conversions().iter().map(ToString::to_string).collect();
    let expected = [
        "line 3: the rating 1653.7 is taken as 1654",
        "line 4: the rating -0.5 is taken as -1",
    ];
    assert_eq!(told, expected);
    let json = r#"[{"slug": "ABC001_A", "title": "A", "difficulty": "easy", "rating": -848.25}]"#;
    let read = Catalogue::from_json(json.as_bytes()).unwrap();
    assert_eq!(read.problems()[0].rating, Rating::new(-848).ok());
    assert_eq!(read.conversions()[0].entry, Entry::Item(1));

    let faults = csv_faults("slug,title,difficulty\nabc_a,A,easy\nABC_A,B,easy\n");
    assert_parts(
        &faults,
        &["line 3: the slug ABC_A is already used by line 2"],
    );
}

/// Topics that people take for the same would be separate ones, and half of a topic be missed.
#[test]
fn topics_that_look_alike_are_a_fault_that_names_both() {
    let faults = csv_faults(
        "slug,title,difficulty,topics\n\
         a,A,easy,Graphs;\u{c9}tudes\n\
         b,B,easy,graphs\n\
         c,C,easy,Graphs;E\u{301}tudes\n\
         d,D,easy,Gra\u{200b}phs\n\
         e,E,easy,graphs\n",
    );
    let expected = [
        "line 3: the topic \"graphs\" looks like \"Graphs\" of line 2",
        "line 4: the topic \"E\\u{301}tudes\" looks like \"\u{c9}tudes\" of line 2",
        "line 5: the topic \"Gra\\u{200b}phs\" looks like \"Graphs\" of line 2",
        "line 6: the topic \"graphs\" looks like \"Graphs\" of line 2",
    ];
    assert_parts(&faults, &expected);
    let one = "slug,title,difficulty,topics\na,A,easy,Graphs;GRAPHS\n";
    assert_parts(&csv_faults(one), &["line 2: the topic \"GRAPHS\""]);
    let apart = csv("slug,title,difficulty,topics\na,A,easy,Graphs;Graph;Tries;Tr\u{ed}es\n");
    assert_eq!(apart.topics().count(), 4);
}

#[test]
fn texts_that_stores_or_screens_cannot_keep_are_faults() {
    let long = "x".repeat(2_000_000);
    for bad in ["A\0", "\u{1b}[31mA", "a\u{202e}b", "\u{200b}", &long] {
        let text = format!("slug,title,difficulty\na,{bad},easy\n");
        let faults = csv_faults(&text);
        assert_parts(&faults, &["line 2: "]);
        assert!(faults[0].contains("is not a title: expected 1 to 500 characters"));
        let json = serde_json::json!([{"slug": "a", "title": bad, "difficulty": "easy"}]);
        assert_parts(&json_faults(json.to_string()), &["is not a title"]);
    }
    for bad in ["\u{200b}", "\u{feff}", "Gra\0phs", "Gra\u{2066}phs"] {
        let text = format!("slug,title,difficulty,topics\na,A,easy,Trees;{bad}\n");
        assert_parts(&csv_faults(&text), &["is not a topic"]);
    }
}
