//! Random draws from a pool that read only the part drawn.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use std::num::NonZeroU64;

use crate::select::random::Stream;

/// A random permutation of `0..len`, generated lazily.
///
/// The Fisher–Yates shuffle (Durstenfeld, 1964) over a sparse array that stores only swapped places, so
/// that the cost grows with the draws and not with the pool.
#[derive(Debug)]
pub(crate) struct Draw {
    len: u64,
    drawn: u64,
    swapped: HashMap<u64, u64, BuildHasherDefault<PlaceHasher>>,
    stream: Stream,
}

/// A hash of a place: cheap, and good enough because places are random.
///
/// Multiplication by the golden ratio (Knuth, *The Art of Computer Programming* 3, 6.4), with its high
/// half folded in.
#[derive(Debug, Default)]
struct PlaceHasher(u64);

impl Hasher for PlaceHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.write_u64(u64::from(*byte));
        }
    }

    fn write_u64(&mut self, place: u64) {
        let product = (self.0 ^ place).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        self.0 = product ^ (product >> 32);
    }
}

impl Draw {
    pub(crate) fn new(len: usize, stream: Stream) -> Self {
        Self {
            len: len as u64,
            drawn: 0,
            swapped: HashMap::default(),
            stream,
        }
    }
}

impl Iterator for Draw {
    type Item = usize;

    fn next(&mut self) -> Option<usize> {
        let left = NonZeroU64::new(self.len - self.drawn)?;
        let place = self.drawn + self.stream.below(left);
        let head = self.swapped.remove(&self.drawn).unwrap_or(self.drawn);
        let picked = if place == self.drawn {
            head
        } else {
            self.swapped.insert(place, head).unwrap_or(place)
        };
        self.drawn += 1;
        usize::try_from(picked).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::select::Seed;
    use crate::select::random::Purpose;

    fn stream(seed: u64) -> Stream {
        Stream::numbered(Seed(seed), Purpose::DIFFICULTY, 0)
    }

    fn draw(len: usize, seed: u64) -> Draw {
        Draw::new(len, stream(seed))
    }

    #[test]
    fn i10_everything_is_drawn_exactly_once() {
        for len in [0, 1, 2, 3, 100] {
            let mut all: Vec<_> = draw(len, 9).collect();
            all.sort_unstable();
            assert_eq!(all, (0..len).collect::<Vec<_>>());
        }
    }

    #[test]
    fn the_first_draws_are_those_of_the_textbook_shuffle() {
        let len = 50;
        let mut array: Vec<usize> = (0..len).collect();
        let mut stream = stream(3);
        for i in 0..len {
            let left = NonZeroU64::new((len - i) as u64).unwrap();
            array.swap(i, i + usize::try_from(stream.below(left)).unwrap());
        }
        assert_eq!(draw(len, 3).collect::<Vec<_>>(), array);
    }

    #[test]
    fn drawing_little_keeps_little() {
        let mut draw = draw(1_000_000_000, 1);
        assert_eq!(draw.by_ref().take(20).count(), 20);
        assert!(draw.swapped.len() <= 20);
    }
}
