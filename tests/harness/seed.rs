//! Chance with a seed: what a scenario draws is printed and can be drawn again.

/// A small generator (xorshift64*, Marsaglia 2003).
#[derive(Clone, Debug)]
pub struct Seeded(u64);

impl Seeded {
    /// From the seed in `LUCHS_TEST_SEED`, or a new one; either way it is printed. Scenarios of one run draw different
    /// numbers from the same seed.
    #[expect(clippy::print_stdout, reason = "shown with the failure, to repeat it")]
    pub fn new(scenario: &str) -> Self {
        let seed = base();
        println!("{scenario}: repeat with LUCHS_TEST_SEED={seed}");
        Self::of(seed, scenario)
    }

    /// From this seed.
    pub fn of(seed: u64, scenario: &str) -> Self {
        // FNV-1a.
        let mix = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        let name = scenario.bytes().fold(0xcbf2_9ce4_8422_2325, mix);
        let mut seeded = Self((seed ^ name) | 1);
        for _ in 0..8 {
            seeded.draw();
        }
        seeded
    }

    /// Any number.
    pub fn draw(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    /// A number from `low` to below `high`.
    pub fn between(&mut self, low: u64, high: u64) -> u64 {
        low + self.draw() % (high.saturating_sub(low)).max(1)
    }

    /// True in `percent` of a hundred cases.
    pub fn chance(&mut self, percent: u64) -> bool {
        self.between(0, 100) < percent
    }
}

/// The seed of this run.
pub fn base() -> u64 {
    let given = std::env::var("LUCHS_TEST_SEED").ok().and_then(|text| text.parse().ok());
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    let new = now.map_or(0, |now| now.as_secs()) << 16 ^ u64::from(std::process::id());
    *SEED.get_or_init(|| given.unwrap_or(new))
}

static SEED: std::sync::OnceLock<u64> = std::sync::OnceLock::new();
