//! Which candidate is taken.

use std::fmt;

use serde::Serialize;

/// What the choice depends on.
#[derive(Clone, Debug, PartialEq)]
pub struct Contender {
    /// Its name.
    pub name: String,
    /// What it loses, in whatever unit all contenders share; smaller is better.
    pub loss: f64,
    /// Milliseconds for one frame.
    pub ms: f64,
    /// Whether it passed all gates.
    pub passes: bool,
    /// Whether it ran at all; what did not is never taken.
    pub runs: bool,
}

/// What is taken, as an index into the contenders, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "why")]
pub enum Choice {
    /// The fastest of those that passed.
    Fastest {
        /// Which.
        index: usize,
    },
    /// As fast as the fastest of those that passed, and more accurate.
    MoreAccurate {
        /// Which.
        index: usize,
        /// The fastest.
        fastest: usize,
    },
    /// Nothing passed, and a person wants one all the same.
    Forced {
        /// Which.
        index: usize,
    },
    /// Nothing passed: the original stays.
    Original,
}

/// Times within this factor are the same: a box does other things too, and the next measurement has another order. Graphs that
/// differ in their weights alone were seen 4 % apart.
pub const TIE: f64 = 1.05;

/// Takes the fastest contender that passed; of those that are as fast as that, the most accurate. If none passed and
/// `force` is set, the one that loses least of those that ran.
pub fn choose(contenders: &[Contender], force: bool) -> Choice {
    let passed = || {
        contenders
            .iter()
            .enumerate()
            .filter(|(_, contender)| contender.passes && contender.runs)
    };
    let Some((fastest, quick)) = passed().min_by(|(_, a), (_, b)| a.ms.total_cmp(&b.ms)) else {
        let ran = contenders.iter().enumerate().filter(|(_, contender)| contender.runs);
        return match ran.min_by(|(_, a), (_, b)| a.loss.total_cmp(&b.loss)) {
            Some((index, _)) if force => Choice::Forced { index },
            _ => Choice::Original,
        };
    };
    let as_fast = passed().filter(|(_, contender)| contender.ms <= quick.ms * TIE);
    match as_fast.min_by(|(_, a), (_, b)| a.loss.total_cmp(&b.loss)) {
        Some((index, best)) if index != fastest && best.loss < quick.loss => Choice::MoreAccurate { index, fastest },
        _ => Choice::Fastest { index: fastest },
    }
}

/// What [`choose`] takes of those contenders of which `counts` says that they pass.
pub fn best_of(contenders: &[Contender], counts: impl Fn(usize) -> bool) -> Option<usize> {
    let contenders = contenders.iter().enumerate();
    let counted = contenders.map(|(index, contender)| Contender {
        passes: counts(index),
        ..contender.clone()
    });
    choose(&counted.collect::<Vec<_>>(), false).index()
}

/// Which of `contenders` no other beats in both, loss and time: the Pareto front. What did not run is not on it.
pub fn front(contenders: &[Contender]) -> Vec<bool> {
    let beats =
        |a: &Contender, b: &Contender| a.runs && a.loss <= b.loss && a.ms <= b.ms && (a.loss < b.loss || a.ms < b.ms);
    contenders
        .iter()
        .map(|one| one.runs && !contenders.iter().any(|other| beats(other, one)))
        .collect()
}

impl Choice {
    /// Which contender is taken.
    pub fn index(self) -> Option<usize> {
        match self {
            Self::Fastest { index } | Self::MoreAccurate { index, .. } | Self::Forced { index } => Some(index),
            Self::Original => None,
        }
    }

    /// Why, in words.
    pub fn reason(self, contenders: &[Contender]) -> Reason<'_> {
        Reason {
            choice: self,
            contenders,
        }
    }
}

/// A choice in words.
#[derive(Clone, Copy, Debug)]
pub struct Reason<'a> {
    choice: Choice,
    contenders: &'a [Contender],
}

impl fmt::Display for Reason<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = |index: usize| self.contenders.get(index).map_or("", |contender| &contender.name);
        let passed = self.contenders.iter().filter(|contender| contender.passes).count();
        match self.choice {
            Choice::Fastest { index } if passed == 1 => write!(f, "{} is the only one that passed", name(index)),
            Choice::Fastest { index } => write!(f, "{} is the fastest of {passed} that passed", name(index)),
            Choice::MoreAccurate { index, fastest } => {
                write!(f, "{} is as fast as {} and more accurate", name(index), name(fastest))
            }
            Choice::Forced { index } => {
                write!(
                    f,
                    "nothing passed; {} loses least of those that run, and was forced",
                    name(index)
                )
            }
            Choice::Original => write!(f, "nothing passed: the original stays"),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn contender(name: &str, loss: f64, ms: f64, passes: bool) -> Contender {
        Contender {
            name: name.into(),
            loss,
            ms,
            passes,
            runs: true,
        }
    }

    fn chosen(contenders: &[Contender], force: bool) -> (Option<&str>, String) {
        let choice = choose(contenders, force);
        let name = choice.index().map(|index| contenders[index].name.as_str());
        (name, choice.reason(contenders).to_string())
    }

    #[test]
    fn the_fastest_that_passed_is_taken() {
        let all = [
            contender("slow", 0.0, 20.0, true),
            contender("fast", 0.9, 10.0, true),
            contender("bad", 5.0, 5.0, false),
        ];
        assert_eq!(
            chosen(&all, false),
            (Some("fast"), "fast is the fastest of 2 that passed".into())
        );
        assert_eq!(chosen(&all[..1], true).1, "slow is the only one that passed");
    }

    #[test]
    fn among_equals_the_more_accurate_one() {
        let all = [
            contender("a", 0.9, 10.0, true),
            contender("b", 0.2, 10.2, true),
            contender("c", 0.1, 12.0, true),
        ];
        assert_eq!(
            chosen(&all, false),
            (Some("b"), "b is as fast as a and more accurate".into())
        );
    }

    #[test]
    fn of_some_the_best_is_found_in_the_same_way_whether_they_passed_or_not() {
        let all = [
            contender("elsewhere", 0.0, 5.0, true),
            contender("noisy", 0.8, 10.0, false),
            contender("twin", 0.0, 10.4, false),
        ];
        assert_eq!(best_of(&all, |index| index > 0), Some(2));
        assert_eq!(best_of(&all, |_| false), None);
    }

    #[test]
    fn if_nothing_passes_the_original_stays_unless_it_is_forced() {
        let mut all = [
            contender("a", 3.0, 10.0, false),
            contender("b", 2.0, 15.0, false),
            contender("c", 0.0, 1.0, false),
        ];
        all[2].runs = false;
        assert_eq!(chosen(&all, false), (None, "nothing passed: the original stays".into()));
        let (name, reason) = chosen(&all, true);
        assert!(name == Some("b") && reason.ends_with("was forced"), "{reason}");
        assert_eq!(choose(&[], true), Choice::Original);
    }

    #[test]
    fn on_the_front_is_what_nobody_beats_in_both() {
        let all = [
            contender("original", 0.0, 20.0, true),
            contender("worse and slower", 1.0, 21.0, true),
            contender("fast", 1.0, 10.0, true),
            contender("as fast but worse", 2.0, 10.0, true),
        ];
        assert_eq!(front(&all), [true, false, true, false]);
    }

    proptest! {
        #[test]
        fn what_is_taken_passed_and_is_about_the_fastest(
            all in proptest::collection::vec((0.0_f64..5.0, 1.0_f64..50.0, any::<bool>(), any::<bool>()), 0..12),
        ) {
            let all: Vec<Contender> = all
                .into_iter()
                .map(|(loss, ms, passes, runs)| Contender { name: String::new(), loss, ms, passes, runs })
                .collect();
            let fastest = all.iter().filter(|c| c.passes && c.runs).map(|c| c.ms).min_by(f64::total_cmp);
            match (choose(&all, false).index(), fastest) {
                (Some(index), Some(ms)) => prop_assert!(all[index].passes && all[index].runs && all[index].ms <= ms * TIE),
                (None, None) => {}
                other => prop_assert!(false, "{:?}", other),
            }
            let on_front = front(&all);
            prop_assert_eq!(on_front.contains(&true), all.iter().any(|c| c.runs));
        }
    }
}
