//! A long outage: memory stays flat, cameras are not held up, and what waited comes out in order.

use luchs_tests::outage::Outage;

/// The same with two hundred thousand events, and its figures: `make soak`.
#[test]
fn an_outage_costs_neither_memory_nor_frames() {
    let outage = Outage {
        events: 4_500,
        live: 4_500,
        rate: 150,
    };
    let report = outage.run("outage", |_| ()).unwrap();
    println!("{report}");
    report.verdict.sound().unwrap();
    // Sealed rows alone would be some two megabytes a thousand.
    assert!(report.slope() < 200.0, "{report}");
    assert!(report.outage_rate > 0.9 * report.asked, "{report}");
}
