//! What goes in must come out: events survive the broker's death and the publisher's, on one site, one after the other.

use std::time::Instant;

use luchs_tests::{
    Stage,
    publisher::{End, committed},
};

const KILLS: u64 = 5;
const EVENTS: u64 = 5_000;

#[test]
fn five_thousand_events_survive_five_deaths_of_the_broker_and_five_of_the_publisher() {
    let begun = Instant::now();
    let mut stage = Stage::new("faults").unwrap();
    let per_run = EVENTS / (KILLS + 1) + 100;
    for _ in 0..KILLS {
        let mut orders = stage.orders(per_run, 0);
        orders.end = End::Leave;
        let mut running = stage.publish(&orders).unwrap();
        let kill_broker = stage.random.between(50, per_run / 2);
        let kill_publisher = stage.random.between(per_run / 2, per_run - 100);
        stage.reach(&running, kill_broker).unwrap();
        // While the reader is stopped, the broker acknowledges events that it then takes to its grave.
        stage.reader.as_ref().unwrap().signal("STOP").unwrap();
        stage.linger(50, 300);
        stage.site.broker.kill().unwrap();
        stage.linger(0, 300);
        stage.site.broker.restart().unwrap();
        stage.reader.as_ref().unwrap().signal("CONT").unwrap();
        stage.reach(&running, kill_publisher).unwrap();
        running.kill().unwrap();
        stage.history.ran(orders.first, orders.count, committed(&running));
    }
    let orders = stage.orders(per_run, 0);
    let mut last = stage.publish(&orders).unwrap();
    stage.settle(&orders, &mut last).unwrap();
    let verdict = stage.judge().unwrap();
    println!(
        "{verdict}\n{KILLS} broker and {KILLS} publisher deaths, {:?}",
        begun.elapsed()
    );
    verdict.sound().unwrap();
    assert!(
        verdict.received >= EVENTS / 2,
        "only {} events were received",
        verdict.received
    );
}
