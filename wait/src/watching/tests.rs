//! The states as a table, and the laws that hold for every sequence of observations.

use super::course::{Course, Seen, State, Turn};
use super::ledger::Ledger;
use super::lookout::{Due, Lookout, News};
use super::moment::Moment;
use proptest::collection::vec;
use proptest::prelude::{Just, Strategy, any, prop_oneof};
use std::time::Duration;

const SECOND: Duration = Duration::from_secs(1);
const TEN_MINUTES: Duration = Duration::from_mins(10);

/// A lookout over one dependency with `on-loss=restart` that nothing is known of.
fn lookout(stable: Duration, grace: Duration) -> Lookout {
    let course = Course::new(SECOND, stable, State::Present);
    Lookout::new(grace, vec![(course, true)], Ledger::new(Moment::at(0)), Moment::at(0))
}

/// Plays a sequence of looks, one a second: `r` ready, `a` away, `u` unknown, a blank for no look. For each look comes out `.`
/// present or `L` lost, `!` where the Pod starts again, so that another process takes over, `h` where it may not.
fn play(lookout: &mut Lookout, looks: &str) -> String {
    let seen = |look| match look {
        'r' => Some(Seen::Ready),
        'a' => Some(Seen::Away),
        'u' => Some(Seen::Unknown),
        _ => None,
    };
    let mut out = String::new();
    for (second, look) in looks.chars().enumerate() {
        let now = Moment::at(second as u64 * 1_000);
        let due = seen(look).and_then(|seen| lookout.observe(0, now, seen).due);
        if due == Some(Due::Restart) {
            let course = Course::new(SECOND, Duration::ZERO, lookout.state(0));
            *lookout = Lookout::new(5 * SECOND, vec![(course, true)], remembered(lookout), now);
        }
        out.push(match (look, due, lookout.state(0)) {
            (' ', ..) => ' ',
            (_, Some(Due::Restart), _) => '!',
            (_, Some(Due::Held(_)), _) => 'h',
            (_, None, State::Present) => '.',
            (_, None, State::Lost(_)) => 'L',
        });
    }
    out
}

#[test]
fn states_follow_from_observations() {
    for (looks, states) in [
        // Three times in a row is not enough before three intervals are over.
        ("raaaarr", "....LL."),
        ("raaarrr", "......."),
        // Nor are three intervals with two looks.
        ("ra      ar", "..      .."),
        ("ra   a  ar", "..   .  LL"),
        // Away and ready each second: no flapping of the state, in either.
        ("rararararararara", "................"),
        ("aaaarararararara", "...LLLLLLLLLLLLL"),
        ("aaararaaararaaar", "................"),
        // Unknown counts nothing and resets nothing.
        ("uuuuuuuuuuuuuuuu", "................"),
        ("raaauuuuuuuuuuuaa", "................L"),
        ("raauauauaua", "..........."),
        ("aaaauuuuuuuuuuuu", "...LLLLLLLLLLLLL"),
        ("aaaauruuruuuruuurr", "...LLLLLLLLLLLLLL."),
        // Ready for an interval without interruption, and it is back.
        ("aaaar r", "...LL ."),
        ("aaaarar rr", "...LLLL .."),
    ] {
        assert_eq!(play(&mut lookout(Duration::ZERO, 60 * SECOND), looks), states, "{looks}");
    }
}

#[test]
fn stable_is_the_time_that_it_has_to_be_ready_again() {
    for (looks, states) in [("aaaarrrrr", "...LLLL.."), ("aaaarrarrrr", "...LLLLLLL.")] {
        assert_eq!(play(&mut lookout(3 * SECOND, 60 * SECOND), looks), states, "{looks}");
    }
}

#[test]
fn the_pod_starts_again_after_the_grace_time() {
    for (looks, states) in [
        // Once; the next process has to leave it.
        ("aaaaaaaaaaaaaaaa", "...LLLLL!LLLLLhL"),
        // Ready in between is an interruption.
        ("aaaaaaaraaaaaaaa", "...LLLLLLLLLL!LL"),
        // Nobody restarts for what is unknown, however long that lasts.
        ("aaaauuuuuuuuuuuu", "...LLLLLLLLLLLLL"),
        ("aaaauuuuuuuuuuuaaaaaa", "...LLLLLLLLLLLLLLLLL!"),
        // Said once, and again where it is a new loss.
        ("aaaaaaaaaaaaaaaaarraaaaaaaaaaa", "...LLLLL!LLLLLhLLL....LLLLLhLL"),
    ] {
        assert_eq!(play(&mut lookout(Duration::ZERO, 5 * SECOND), looks), states, "{looks}");
    }
}

#[test]
fn without_restart_it_only_is_lost() {
    let course = Course::new(SECOND, Duration::ZERO, State::Present);
    let mut lookout = Lookout::new(5 * SECOND, vec![(course, false)], Ledger::new(Moment::at(0)), Moment::at(0));
    assert_eq!(play(&mut lookout, "aaaaaaaaaaaa"), "...LLLLLLLLL");
    assert_eq!(lookout.ledger(), Ledger::new(Moment::at(0)));
}

#[test]
fn a_state_that_was_taken_up_is_one() {
    let course = Course::new(SECOND, Duration::ZERO, State::Lost(Moment::at(0)));
    let mut lookout = Lookout::new(5 * SECOND, vec![(course, true)], Ledger::new(Moment::at(0)), Moment::at(0));
    // The grace time is that of this process.
    assert_eq!(play(&mut lookout, "uuuuuuuaaaaaaa"), "LLLLLLLLLLLL!L");
    let mut course = Course::new(SECOND, Duration::ZERO, State::Lost(Moment::at(0)));
    assert_eq!(course.observe(Moment::at(70_000), Seen::Ready), None);
    assert_eq!(course.observe(Moment::at(71_000), Seen::Ready), Some(Turn::Back(71 * SECOND)));
}

/// What happens.
#[derive(Clone, Copy, Debug)]
enum Step {
    /// A look at the dependency of this number.
    Look(usize, Seen),
    /// The process ends, and another one takes up what is known.
    Again,
}

fn steps() -> impl Strategy<Value = Vec<(u64, Step)>> {
    let seen = prop_oneof![3 => Just(Seen::Away), 2 => Just(Seen::Ready), 1 => Just(Seen::Unknown)];
    let look = (0_usize..3, seen).prop_map(|(at, seen)| Step::Look(at, seen));
    let step = prop_oneof![20 => look, 1 => Just(Step::Again)];
    // Mostly about an interval, at times long.
    let pause = prop_oneof![8 => 0_u64..3_000, 1 => 0_u64..600_000, 1 => 0_u64..8_000_000];
    // Whole stretches of the same, or nothing would ever be lost.
    let stretch = (pause, step, 1_usize..40).prop_map(|(pause, step, times)| vec![(pause, step); times]);
    vec(stretch, 0..40).prop_map(|stretches| stretches.concat())
}

/// The second of three is not restarted for.
fn three() -> Lookout {
    let course = |restarts| (Course::new(SECOND, Duration::ZERO, State::Present), restarts);
    let courses = vec![course(true), course(false), course(true)];
    Lookout::new(5 * SECOND, courses, Ledger::new(Moment::at(0)), Moment::at(0))
}

/// As the next process has it: what is written, and nothing else.
fn again(lookout: &Lookout, now: Moment) -> Lookout {
    let course = |at| (Course::new(SECOND, Duration::ZERO, lookout.state(at)), at != 1);
    Lookout::new(5 * SECOND, vec![course(0), course(1), course(2)], remembered(lookout), now)
}

/// What a file remembers of restarts.
fn remembered(lookout: &Lookout) -> Ledger {
    serde_json::from_str(&serde_json::to_string(&lookout.ledger()).unwrap()).unwrap()
}

/// Plays steps; for each look its news and the state after it.
fn run(steps: &[(u64, Step)]) -> Vec<(Moment, News, State)> {
    let (mut lookout, mut time, mut out) = (three(), 0, Vec::new());
    for (pause, step) in steps {
        time += pause;
        let now = Moment::at(time);
        match *step {
            Step::Look(at, seen) => {
                let news = lookout.observe(at, now, seen);
                out.push((now, news, lookout.state(at)));
            }
            Step::Again => lookout = again(&lookout, now),
        }
    }
    out
}

proptest::proptest! {
    #[test]
    fn no_sequence_starts_the_pod_again_twice_within_ten_minutes(steps in steps()) {
        let restarts: Vec<Moment> =
            run(&steps).iter().filter(|(_, news, _)| news.due == Some(Due::Restart)).map(|(now, ..)| *now).collect();
        for pair in restarts.windows(2) {
            proptest::prop_assert!(pair[1].since(pair[0]) >= TEN_MINUTES, "{restarts:?}");
        }
    }

    #[test]
    fn unknown_changes_nothing_now(steps in steps()) {
        let looks = steps.iter().filter(|(_, step)| matches!(step, Step::Look(..)));
        for ((_, step), (_, news, _)) in looks.zip(&run(&steps)) {
            let is_unknown = matches!(step, Step::Look(_, Seen::Unknown));
            proptest::prop_assert!(!is_unknown || *news == News::default());
            let is_away = matches!(step, Step::Look(_, Seen::Away));
            proptest::prop_assert!(is_away || news.due.is_none());
        }
    }

    #[test]
    fn unknown_changes_nothing_later(looks in vec((0_u64..2_000, 0_u8..6), 0..300)) {
        let course = || Course::new(SECOND, 2 * SECOND, State::Present);
        // One with a clock that stands still from the last that is known to the next.
        let (mut one, mut other) = (course(), course());
        let (mut time, mut known, mut still) = (0, 0, false);
        for (pause, look) in looks {
            time += pause;
            let seen = match look {
                0 => Seen::Unknown,
                1 | 2 => Seen::Ready,
                _ => Seen::Away,
            };
            let turn = one.observe(Moment::at(time), seen);
            if seen == Seen::Unknown {
                still = true;
                continue;
            }
            known += if std::mem::take(&mut still) { 0 } else { pause };
            let same = other.observe(Moment::at(known), seen);
            proptest::prop_assert_eq!(turn.map(|turn| turn == Turn::Lost), same.map(|turn| turn == Turn::Lost));
            proptest::prop_assert_eq!(one.state() == State::Present, other.state() == State::Present);
            proptest::prop_assert_eq!(one.lost_for(), other.lost_for());
        }
    }

    #[test]
    fn what_is_never_away_three_times_in_a_row_is_never_lost(looks in vec((0_u64..60_000, 0_u32..3), 0..100)) {
        let (mut course, mut time) = (Course::new(SECOND, Duration::ZERO, State::Present), 0);
        for (pause, aways) in looks {
            for _ in 0..aways {
                time += pause;
                course.observe(Moment::at(time), Seen::Away);
                proptest::prop_assert_eq!(course.state(), State::Present);
            }
            time += pause;
            course.observe(Moment::at(time), Seen::Ready);
        }
    }

    #[test]
    fn a_loss_takes_three_intervals_and_a_return_takes_one(
        looks in vec((0_u64..2_000, any::<bool>()), 0..200),
        stable in 0_u64..5_000,
    ) {
        let mut course = Course::new(SECOND, Duration::from_millis(stable), State::Present);
        // Since when, and how often, it was seen as it was seen last.
        let (mut time, mut row) = (0, (0, 0, true));
        for (pause, ready) in looks {
            time += pause;
            row = if row.2 == ready && row.1 > 0 { (row.0, row.1 + 1, ready) } else { (time, 1, ready) };
            let seen = if ready { Seen::Ready } else { Seen::Away };
            match course.observe(Moment::at(time), seen) {
                Some(Turn::Lost) => proptest::prop_assert!(!ready && row.1 >= 3 && time - row.0 >= 3_000),
                Some(Turn::Back(_)) => proptest::prop_assert!(ready && time - row.0 >= stable.max(1_000)),
                None => {}
            }
        }
    }
}
