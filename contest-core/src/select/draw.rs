//! Random draws from a pool that read only the part drawn.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use std::num::NonZeroU64;

use crate::select::random::Stream;

/// A random permutation of `0..len`, generated lazily.
///
/// The Fisher–Yates shuffle (Durstenfeld, 1964) over a sparse array that stores only swapped places, so
/// that the cost grows with the draws and not with the pool. A draw that goes on writes the array out:
/// its places then cost less than those of a map.
#[derive(Debug)]
pub(crate) struct Draw {
    len: u64,
    drawn: u64,
    swapped: HashMap<u64, u64, BuildHasherDefault<PlaceHasher>>,
    /// All places, once a good part of them is drawn; empty before.
    array: Vec<u32>,
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
            array: Vec::new(),
            stream,
        }
    }

    /// Writes the array out if enough places are drawn to pay for it.
    fn write_out(&mut self) {
        const SMALLEST: u64 = 64;
        const SHARE: u64 = 16;
        if self.drawn < SMALLEST || self.drawn * SHARE < self.len {
            return;
        }
        let Ok(len) = u32::try_from(self.len) else {
            return;
        };
        self.array = (0..len).collect();
        for (place, swapped) in self.swapped.drain() {
            if let Some(entry) = entry(&mut self.array, place) {
                *entry = u32::try_from(swapped).unwrap_or_default();
            }
        }
    }

    /// Draws the entry at a place of the array; the first undrawn one takes its place.
    fn swap(&mut self, place: u64) -> Option<usize> {
        let head = *entry(&mut self.array, self.drawn)?;
        let picked = std::mem::replace(entry(&mut self.array, place)?, head);
        self.drawn += 1;
        usize::try_from(picked).ok()
    }
}

fn entry(array: &mut [u32], place: u64) -> Option<&mut u32> {
    array.get_mut(usize::try_from(place).ok()?)
}

impl Iterator for Draw {
    type Item = usize;

    fn next(&mut self) -> Option<usize> {
        let left = NonZeroU64::new(self.len - self.drawn)?;
        let place = self.drawn + self.stream.below(left);
        if self.array.is_empty() {
            self.write_out();
        }
        if !self.array.is_empty() {
            return self.swap(place);
        }
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
        for len in [0, 1, 2, 3, 100, 3_000] {
            let mut all: Vec<_> = draw(len, 9).collect();
            all.sort_unstable();
            assert_eq!(all, (0..len).collect::<Vec<_>>());
        }
    }

    #[test]
    fn the_first_draws_are_those_of_the_textbook_shuffle() {
        let len = 2_000;
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
