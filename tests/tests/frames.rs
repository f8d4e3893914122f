//! Foreign frames: valid ones, changed at random, are refused or answered as Cedar answers what they
//! say. `PRIVET_FRAMES` sets how many.

use privet_tests::fuzz::frame::{self, Verdict};
use privet_tests::random::Random;

#[test]
fn changed_frames_are_refused_or_answered_as_cedar() {
    privet_tests::with_stack(|| {
        let frames: usize = std::env::var("PRIVET_FRAMES")
            .ok()
            .and_then(|v| v.parse().ok())
            .unwrap_or(4000);
        let mut random = Random::new(1961);
        let (mut refused, mut answered, mut answers) = (0, 0, 0);
        for number in 0..frames {
            let mut input = vec![1, random.below(256) as u8];
            // None changes nothing: the frames as the host made them must all be answered.
            let changes = if number < 64 { 0 } else { 1 + random.below(2) };
            if number < 64 {
                input[1] = number as u8;
            }
            for _ in 0..changes {
                input.extend((random.number() as u32).to_le_bytes());
            }
            match frame::check(&input) {
                Verdict::Refused => {
                    assert!(number >= 64, "a frame of the host is refused");
                    refused += 1;
                }
                Verdict::Answered(environments) => {
                    answered += 1;
                    answers += environments;
                }
            }
        }
        println!("{refused} refused, {answered} answered, {answers} answers");
        assert!(refused * 20 > frames && answered * 20 > frames);
    });
}
