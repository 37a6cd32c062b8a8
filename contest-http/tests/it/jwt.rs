//! Which bearer tokens are accepted.

use std::sync::Arc;
use std::time::Duration;

use aws_lc_rs::encoding::AsDer as _;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair,
    KeyPair as _,
};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use contest_core::UserId;
use contest_core::time::{ManualClock, Timestamp};
use contest_http::jwt::{JwtAlgorithm, JwtIdentity, JwtKey, KeyError, TokenIssuer};
use contest_http::{Identity as _, ProblemDetails};
use jsonwebtoken::crypto::sign as sign_bytes;
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde_json::{Value, json};

const SECRET: &[u8] = b"a secret of the tests, 32 bytes or more";
const OTHER: &[u8] = b"another secret of theirs, long enough too";
const ISSUER: &str = "https://login.test";
const AUDIENCE: &str = "contest";
const USER: &str = "0190d3f4-7a00-7000-8000-000000000001";
const NOW: i64 = 1_800_000_000;

fn user() -> UserId {
    USER.parse().unwrap()
}

fn clock() -> ManualClock {
    ManualClock::new(Timestamp::from_micros(NOW * 1_000_000))
}

fn hs256(secret: &[u8]) -> JwtKey {
    JwtKey::new(JwtAlgorithm::Hs256, secret).unwrap()
}

fn identity(key: JwtKey) -> JwtIdentity {
    JwtIdentity::new(key, ISSUER, AUDIENCE).with_clock(clock())
}

fn claims() -> Value {
    json!({ "iss": ISSUER, "aud": AUDIENCE, "sub": USER, "exp": NOW + 60, "nbf": NOW - 60 })
}

fn with(member: &str, value: Value) -> Value {
    let mut claims = claims();
    claims[member] = value;
    claims
}

fn without(member: &str) -> Value {
    let mut claims = claims();
    claims.as_object_mut().unwrap().remove(member);
    claims
}

fn sign(claims: &Value) -> String {
    signed(&Header::new(Algorithm::HS256), claims, SECRET)
}

fn signed(header: &Header, claims: &Value, secret: &[u8]) -> String {
    encode(header, claims, &EncodingKey::from_secret(secret)).unwrap()
}

async fn ask(identity: &JwtIdentity, headers: &[&str]) -> Result<UserId, ProblemDetails> {
    let mut request = http::Request::get("/");
    for value in headers {
        request = request.header("Authorization", *value);
    }
    identity
        .identify(&request.body(()).unwrap().into_parts().0)
        .await
}

async fn accepted(identity: &JwtIdentity, token: &str) -> bool {
    match ask(identity, &[&format!("Bearer {token}")]).await {
        Ok(found) => {
            assert_eq!(found, user());
            true
        }
        Err(details) => {
            assert_eq!(details.status(), 401);
            false
        }
    }
}

#[tokio::test]
async fn only_a_signed_token_with_valid_claims_is_accepted() {
    let identity = identity(hs256(SECRET));
    for good in [
        claims(),
        without("nbf"),
        with("exp", json!(NOW - 4)),
        with("exp", json!(1_800_000_000.5)),
        with("exp", json!(1e300)),
        with("nbf", json!(NOW + 5)),
        with("aud", json!(["other", AUDIENCE])),
        with("type", json!("access")),
    ] {
        assert!(accepted(&identity, &sign(&good)).await, "{good}");
    }
    for bad in [
        without("exp"),
        without("iss"),
        without("aud"),
        without("sub"),
        with("exp", json!(NOW - 5)),
        with("exp", json!(-1)),
        with("exp", json!("1900000000")),
        with("nbf", json!(NOW + 6)),
        with("nbf", json!("soon")),
        with("iss", json!("https://login.evil")),
        with("iss", json!([ISSUER])),
        with("aud", json!("contest2")),
        with("aud", json!([])),
        with("type", json!("refresh")),
        with("type", json!(["access"])),
        with("sub", json!("alice")),
        with("sub", json!(1)),
        json!([1]),
    ] {
        assert!(!accepted(&identity, &sign(&bad)).await, "{bad}");
    }
}

#[tokio::test]
async fn the_audience_is_unchecked_only_if_the_host_says_so() {
    let identity = identity(hs256(SECRET)).without_audience();
    for good in [claims(), without("aud"), with("aud", json!("another"))] {
        assert!(accepted(&identity, &sign(&good)).await, "{good}");
    }
    // The other claims are checked as before.
    let mut refresh = without("aud");
    refresh["type"] = json!("refresh");
    for bad in [refresh, with("iss", json!("https://login.evil"))] {
        assert!(!accepted(&identity, &sign(&bad)).await, "{bad}");
    }
}

#[tokio::test]
async fn only_a_single_bearer_token_is_accepted() {
    let identity = identity(hs256(SECRET));
    let good = sign(&claims());
    let bearer = format!("Bearer {good}");
    let cut = &bearer[..bearer.len() - 1];
    let unsigned = format!("Bearer {}.", good.rsplit_once('.').unwrap().0);
    for headers in [
        &[][..],
        &["Bearer "],
        &["Bearer x"],
        &["Bearer ..."],
        &["Basic YTpi"],
        &[good.as_str()],
        &[cut],
        &[&unsigned],
        &[&format!("{bearer}.x")],
        &[&bearer, &bearer],
    ] {
        let refused = ask(&identity, headers).await.unwrap_err();
        assert_eq!(refused.status(), 401, "{headers:?}");
    }
    assert_eq!(ask(&identity, &[&bearer]).await.unwrap(), user());
}

#[tokio::test]
async fn only_a_token_with_a_valid_signature_gets_a_reason() {
    let identity = identity(hs256(SECRET));
    let said = async |token: &str| {
        let refused = ask(&identity, &[&format!("Bearer {token}")]).await;
        serde_json::to_value(format!("{:?}", refused.unwrap_err())).unwrap()
    };
    let expired = with("exp", json!(NOW - 60));
    assert!(said(&sign(&expired)).await.to_string().contains("expired"));
    let strange = signed(&Header::new(Algorithm::HS256), &expired, OTHER);
    let answer = said(&strange).await.to_string();
    assert!(!answer.contains("expired"), "{answer}");
}

#[tokio::test]
async fn the_header_does_not_choose_the_algorithm() {
    let identity = identity(hs256(SECRET));
    let key = EncodingKey::from_secret(SECRET);
    for header in [
        json!({ "alg": "none" }),
        json!({ "alg": "None" }),
        json!({ "alg": "HS512" }),
        json!({ "alg": "RS256" }),
        json!({ "typ": "JWT" }),
    ] {
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let message = format!("{}.{}", part(&header), part(&claims()));
        // A header that names another algorithm is refused even with a valid signature.
        let signature = sign_bytes(message.as_bytes(), &key, Algorithm::HS256).unwrap();
        assert!(!accepted(&identity, &format!("{message}.")).await);
        assert!(!accepted(&identity, &format!("{message}.{signature}")).await);
    }
    let hs512 = signed(&Header::new(Algorithm::HS512), &claims(), SECRET);
    assert!(!accepted(&identity, &hs512).await);
    let mut critical = Header::new(Algorithm::HS256);
    critical.crit = Some(vec!["b64".to_owned()]);
    assert!(!accepted(&identity, &signed(&critical, &claims(), SECRET)).await);
}

#[tokio::test]
async fn keys_rotate() {
    let issue = |secret: &[u8], id: Option<&str>| {
        let mut header = Header::new(Algorithm::HS256);
        header.kid = id.map(str::to_owned);
        signed(&header, &claims(), secret)
    };
    // Keys without ids are tried on every token.
    let plain = identity(hs256(SECRET)).with_previous(hs256(OTHER)).unwrap();
    for secret in [SECRET, OTHER] {
        assert!(accepted(&plain, &issue(secret, None)).await);
        assert!(accepted(&plain, &issue(secret, Some("any"))).await);
    }
    assert!(
        !accepted(
            &plain,
            &issue(b"a third one, that is as long as those", None)
        )
        .await
    );
    assert!(!accepted(&identity(hs256(SECRET)), &issue(OTHER, None)).await);

    let named = identity(hs256(SECRET).with_id("new"))
        .with_previous(hs256(OTHER).with_id("old"))
        .unwrap();
    assert!(accepted(&named, &issue(SECRET, Some("new"))).await);
    assert!(accepted(&named, &issue(OTHER, Some("old"))).await);
    assert!(accepted(&named, &issue(OTHER, None)).await);
    assert!(!accepted(&named, &issue(SECRET, Some("old"))).await);
    assert!(!accepted(&named, &issue(SECRET, Some("other"))).await);
}

/// A private key, and its public half in PEM.
fn pair(algorithm: JwtAlgorithm) -> (EncodingKey, String) {
    match algorithm {
        JwtAlgorithm::EdDsa => {
            let pair = Ed25519KeyPair::generate().unwrap();
            let private = pair.to_pkcs8().unwrap();
            let public = pair.public_key().as_der().unwrap();
            (
                EncodingKey::from_ed_der(private.as_ref()),
                pem(public.as_ref()),
            )
        }
        JwtAlgorithm::Es256 => {
            let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
            let private = pair.to_pkcs8v1().unwrap();
            let public = pair.public_key().as_der().unwrap();
            (
                EncodingKey::from_ec_der(private.as_ref()),
                pem(public.as_ref()),
            )
        }
        _ => {
            let pair = aws_lc_rs::rsa::KeyPair::generate(KeySize::Rsa2048).unwrap();
            let private = labelled("PRIVATE KEY", pair.as_der().unwrap().as_ref());
            let public = pair.public_key().as_der().unwrap();
            (
                EncodingKey::from_rsa_pem(private.as_bytes()).unwrap(),
                pem(public.as_ref()),
            )
        }
    }
}

fn pem(public: &[u8]) -> String {
    labelled("PUBLIC KEY", public)
}

fn labelled(label: &str, der: &[u8]) -> String {
    let text = STANDARD.encode(der);
    let lines: Vec<_> = text
        .as_bytes()
        .chunks(64)
        .map(|line| std::str::from_utf8(line).unwrap())
        .collect();
    format!(
        "-----BEGIN {label}-----\n{}\n-----END {label}-----\n",
        lines.join("\n")
    )
}

#[tokio::test]
async fn public_keys_verify_and_are_no_secrets() {
    for algorithm in [
        JwtAlgorithm::EdDsa,
        JwtAlgorithm::Es256,
        JwtAlgorithm::Rs256,
    ] {
        let (private, public) = pair(algorithm);
        let identity = identity(JwtKey::new(algorithm, public.as_bytes()).unwrap());
        let header = Header::new(algorithm.into());
        let good = encode(&header, &claims(), &private).unwrap();
        assert!(accepted(&identity, &good).await, "{algorithm}");

        let stranger = encode(&header, &claims(), &pair(algorithm).0).unwrap();
        assert!(!accepted(&identity, &stranger).await, "{algorithm}");

        // A public key is not secret: it must not be accepted as the secret of HS256.
        let confused = signed(&Header::new(Algorithm::HS256), &claims(), public.as_bytes());
        assert!(!accepted(&identity, &confused).await, "{algorithm}");
        assert!(matches!(
            JwtKey::new(JwtAlgorithm::Hs256, public.as_bytes()),
            Err(KeyError::PemSecret)
        ));
    }
}

#[test]
fn invalid_keys_are_refused() {
    for (algorithm, bytes) in [
        (JwtAlgorithm::Hs256, &b""[..]),
        (JwtAlgorithm::Hs256, &SECRET[..31]),
        (JwtAlgorithm::EdDsa, SECRET),
        (JwtAlgorithm::Rs256, b"-----BEGIN PUBLIC KEY-----"),
        (JwtAlgorithm::EdDsa, pair(JwtAlgorithm::Es256).1.as_bytes()),
        (JwtAlgorithm::Es256, pair(JwtAlgorithm::Rs256).1.as_bytes()),
    ] {
        let refused = JwtKey::new(algorithm, bytes);
        assert!(refused.is_err(), "{algorithm} {}", bytes.len());
    }
    let wrong_curve = EcdsaKeyPair::generate(&ECDSA_P384_SHA384_FIXED_SIGNING).unwrap();
    let public = pem(wrong_curve.public_key().as_der().unwrap().as_ref());
    let refused = JwtKey::new(JwtAlgorithm::Es256, public.as_bytes());
    assert!(matches!(refused, Err(KeyError::NotAKey { .. })));

    let private = Ed25519KeyPair::generate().unwrap().to_pkcs8().unwrap();
    let private = labelled("PRIVATE KEY", private.as_ref());
    let refused = JwtKey::new(JwtAlgorithm::EdDsa, private.as_bytes());
    assert!(matches!(refused, Err(KeyError::PrivateKey)));

    let (_, public) = pair(JwtAlgorithm::EdDsa);
    let other = JwtKey::new(JwtAlgorithm::EdDsa, public.as_bytes()).unwrap();
    assert!(identity(hs256(SECRET)).with_previous(other).is_err());
    assert!(TokenIssuer::new(&SECRET[..31], ISSUER, AUDIENCE).is_err());
}

#[test]
fn keys_that_can_be_guessed_or_verify_nothing_are_refused() {
    let spaces = JwtKey::new(JwtAlgorithm::Hs256, &[b' '; 40]);
    assert!(matches!(spaces, Err(KeyError::RepetitiveSecret)));
    let repeated = TokenIssuer::new(&b"secret".repeat(6), ISSUER, AUDIENCE);
    assert!(matches!(repeated, Err(KeyError::RepetitiveSecret)));
    let raw: Vec<u8> = (0..32).map(|n| 255 - 7 * n).collect();
    JwtKey::new(JwtAlgorithm::Hs256, &raw).unwrap();

    let small = JwtKey::new(JwtAlgorithm::Rs256, RSA_1024.as_bytes());
    assert!(matches!(small, Err(KeyError::RsaSize { bits: 1_024 })));
}

const RSA_1024: &str = "\
-----BEGIN PUBLIC KEY-----
MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDLdFiStKqw9CgtU5JZ8lCps9h/
Cssru9uWevfnCfCC6FvOSuKdCPJP3Mr+MTAYWSjlmTfg5xYXyuCaO7WQAzGDbq5v
n9Wd6nW4dRw490eZd3+QlYY9oLhEe9NtDWOqvw57YXoXGkijErOJEIovz3+yASTJ
6KpHyelZJi0bBO92swIDAQAB
-----END PUBLIC KEY-----
";

#[test]
fn secrets_are_not_printed() {
    let issuer = TokenIssuer::new(SECRET, ISSUER, AUDIENCE).unwrap();
    let printed = format!("{:?} {issuer:?}", identity(hs256(SECRET)));
    assert!(!printed.contains("a secret"), "{printed}");
    assert!(!printed.contains("97, 32"), "{printed}");
}

#[tokio::test]
async fn issued_tokens_are_accepted_until_they_expire() {
    let clock = Arc::new(clock());
    let identity =
        JwtIdentity::new(hs256(SECRET).with_id("k"), ISSUER, AUDIENCE).with_clock(clock.clone());
    let issuer = TokenIssuer::new(SECRET, ISSUER, AUDIENCE)
        .unwrap()
        .with_id("k")
        .with_clock(clock.clone());
    let token = issuer.issue(user(), Duration::from_mins(1)).unwrap();
    assert!(accepted(&identity, &token).await);
    clock.advance(Duration::from_millis(64_999));
    assert!(accepted(&identity, &token).await);
    clock.advance(Duration::from_millis(1));
    assert!(!accepted(&identity, &token).await);
}
