//! The whole conversation under a seeded scheduler: lines that wait, connections that break, clients and engines that
//! die, in an order that only the seed decides. What is real: the door's rules, the lease, the inbox, the desk, the
//! reducer, `tell` and `follow`, the lines themselves. What is modelled: the socket, the disk and the training thread.

mod client;
mod engine;

use std::time::{Duration, Instant};

use client::Client;
use engine::{Disk, Engine};
use saner_core::command::Verb;
use saner_core::event::{Event, Outcome, Record};
use saner_core::knob::Knob;
use saner_core::state::{METRICS, RunState};

use super::lease::Who;

/// Seeds of a run of the test.
const SEEDS: u64 = 10_000;
/// Turns of the scheduler before all is mended.
const TURNS: u32 = 160;
const CLIENTS: usize = 3;

/// Random numbers of a seed.
pub struct Dice(u64);

impl Dice {
    pub fn below(&mut self, n: u64) -> u64 {
        // SplitMix64.
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % n
    }

    pub fn once_in(&mut self, n: u64) -> bool {
        self.below(n) == 0
    }
}

/// Everything there is.
struct World {
    dice: Dice,
    now: Instant,
    disk: Disk,
    engine: Option<Engine>,
    clients: Vec<Client>,
    next_client: u64,
    /// Most clients that steered at one moment, and tickets that the living engine has given.
    most_controllers: usize,
}

impl World {
    fn new(seed: u64) -> Self {
        let mut disk = Disk::default();
        let engine = Some(Engine::start(&mut disk));
        let clients = (0..CLIENTS).map(|i| Client::new(i == CLIENTS - 1)).collect();
        Self { dice: Dice(seed), now: Instant::now(), disk, engine, clients, next_client: 1, most_controllers: 0 }
    }

    /// One turn: something random happens.
    fn turn(&mut self) {
        self.now += Duration::from_millis(self.dice.below(2_000));
        match self.dice.below(20) {
            0..=5 => self.step(),
            6 | 7 => self.connect(),
            8 => self.cut(),
            9..=12 => self.ask(),
            13 if self.dice.once_in(4) => self.crash(),
            _ => self.deliver(),
        }
        if self.engine.is_none() && self.dice.once_in(3) {
            self.engine = Some(Engine::start(&mut self.disk));
        }
        if let Some(engine) = &self.engine {
            let steering = self.clients.iter().filter(|client| client.id().is_some_and(|id| engine.lease.is(id))).count();
            self.most_controllers = self.most_controllers.max(steering);
        }
    }

    fn step(&mut self) {
        if let Some(engine) = &mut self.engine {
            engine.work(&mut self.disk, &mut self.dice);
        }
    }

    fn connect(&mut self) {
        let (dice, now) = (&mut self.dice, self.now);
        let i = dice.below(CLIENTS as u64) as usize;
        let Some(engine) = &mut self.engine else { return };
        if self.clients[i].id().is_none() {
            let who = Who::new(self.next_client, &format!("c{i}"), "", format!("token {i}"));
            self.next_client += 1;
            if !self.clients[i].only_watches && dice.once_in(2) {
                engine.lease.ask(&who, now);
            }
            // What is told of the files may begin a little before the state that is told.
            self.clients[i].connect(who, engine.admit(&self.disk, dice.below(4) as usize));
        }
    }

    fn cut(&mut self) {
        let i = self.dice.below(CLIENTS as u64) as usize;
        let on_purpose = self.dice.once_in(3);
        self.drop_client(i, on_purpose);
    }

    fn drop_client(&mut self, i: usize, on_purpose: bool) {
        if let (Some(id), Some(engine)) = (self.clients[i].id(), &mut self.engine) {
            engine.lease.gone(id, on_purpose, self.now);
        }
        self.clients[i].cut();
    }

    fn crash(&mut self) {
        if let Some(engine) = self.engine.take() {
            engine.bury(&mut self.disk);
        }
        self.clients.iter_mut().for_each(Client::cut);
    }

    fn ask(&mut self) {
        let i = self.dice.below(CLIENTS as u64) as usize;
        let ask = match self.dice.below(12) {
            0 => saner_core::protocol::Ask::Take { force: self.dice.once_in(2) },
            _ => {
                let dice = &mut self.dice;
                let verb = match dice.below(10) {
                    0 => Verb::Note("x".into()),
                    1 if dice.once_in(3) => Verb::Rollback { checkpoint: None },
                    2 => Verb::Set(vec![(Knob::Alpha, 7.0)]),
                    3 => Verb::Set(vec![(Knob::AlphaA, 0.5)]),
                    4 => Verb::Set(vec![(Knob::K, 1.0 + dice.below(50) as f64), (Knob::Rho, 0.05)]),
                    5 => Verb::Set(vec![(Knob::Rho, 0.2)]),
                    6 => Verb::Set(vec![(Knob::K, 7.0), (Knob::Alpha, 9.0)]),
                    _ => Verb::Set(vec![(Knob::Alpha, dice.below(100) as f64 / 100.0)]),
                };
                self.clients[i].command(verb)
            }
        };
        self.clients[i].say(&ask);
    }

    /// Some lines of one connection arrive, in their order; those of other connections wait.
    fn deliver(&mut self) {
        let (i, most) = (self.dice.below(CLIENTS as u64) as usize, self.dice.below(40));
        self.clients[i].hear(most as usize);
        let (Some(engine), Some(id)) = (&mut self.engine, self.clients[i].id()) else { return };
        for _ in 0..self.dice.below(4) {
            let Some(bytes) = self.clients[i].next_to_engine() else { break };
            match engine.hear(self.clients[i].who(), &bytes, self.now) {
                Some(message) => self.clients[i].told(&message),
                None => {
                    engine.lease.gone(id, false, self.now);
                    return self.clients[i].cut();
                }
            }
        }
        if let Some(session) = self.clients[i].session() {
            engine.inform(&self.disk, session);
        }
    }

    /// All is mended: the engine lives, everybody is there and hears everything, the run is stopped.
    fn mend(&mut self) {
        if self.engine.is_none() {
            self.engine = Some(Engine::start(&mut self.disk));
        }
        for _ in 0..400 {
            self.connect();
            self.deliver();
        }
        for _ in 0..4 {
            self.step();
        }
        if let Some(engine) = &mut self.engine {
            engine.stop(&mut self.disk);
        }
        while self.clients.iter().any(|client| client.id().is_none()) {
            self.connect();
        }
        for client in &mut self.clients {
            if let (Some(engine), Some(session)) = (&mut self.engine, client.session()) {
                engine.inform(&self.disk, session);
            }
            client.hear(usize::MAX);
        }
    }
}

fn check(seed: u64, world: &World) {
    let events = &world.disk.events;
    assert!(events.iter().enumerate().all(|(at, record)| record.seq == at as u64), "seed {seed}: an event is lost or doubled");
    assert!(world.disk.metrics.iter().enumerate().all(|(at, sample)| sample.step == at as u64), "seed {seed}: a step is lost or doubled");
    assert!(world.most_controllers <= 1, "seed {seed}: {} clients steered at once", world.most_controllers);
    let ends = |of: u64, from: u64| {
        let end = |record: &&Record| match record.event {
            Event::Applied { id, .. } | Event::Rejected { id, .. } | Event::Superseded { id, .. } => id == of && record.seq > from,
            _ => false,
        };
        events.iter().filter(end).count()
    };
    for record in events {
        if let Event::Accepted { id, knob, .. } = record.event {
            let same = |other: &&Record| matches!(other.event, Event::Accepted { id: of, .. } if of == id);
            let accepted = events.iter().filter(same).count();
            // What is refused of a command is said before what is taken of it.
            let first = events.iter().find(same).map_or(0, |record| record.seq);
            assert_eq!(ends(id, first), accepted, "seed {seed}: command {id} of {} ({knob:?})", record.by);
            assert!(accepted <= 2, "seed {seed}: two commands share the number {id}");
        }
        assert!(!record.by.contains(&format!("c{}", CLIENTS - 1)), "seed {seed}: who only watches has changed something");
    }
    for ticket in world.clients.iter().flat_map(|client| &client.tickets) {
        assert!(world.disk.lost.contains(ticket) || ends(*ticket, 0) > 0 || world.disk.noted.contains(ticket), "seed {seed}: {ticket}");
    }
    let truth = world.disk.fold();
    assert!(matches!(truth.phase, saner_core::state::Phase::Ended(Outcome::Stopped)));
    for client in &world.clients {
        assert_same(seed, &client.watcher.state, &truth);
    }
}

fn assert_same(seed: u64, a: &RunState, b: &RunState) {
    for metric in METRICS {
        assert_eq!(a.curve(metric), b.curve(metric), "seed {seed}: {metric:?}");
    }
    assert_eq!(a.events, b.events, "seed {seed}");
    assert_eq!((&a.phase, &a.marks, a.knobs, &a.plan, a.tuned), (&b.phase, &b.marks, b.knobs, &b.plan, b.tuned), "seed {seed}");
    assert_eq!(a.steps_done(), b.steps_done(), "seed {seed}");
}

#[test]
fn ten_thousand_seeds_of_drops_delays_crashes_and_take_overs() {
    let one = |seed: u64| {
        let mut world = World::new(seed);
        (0..TURNS).for_each(|_| world.turn());
        world.mend();
        check(seed, &world);
        let of = |wanted: fn(&Event) -> bool| world.disk.events.iter().filter(|record| wanted(&record.event)).count();
        [
            of(|event| matches!(event, Event::Applied { .. })),
            of(|event| matches!(event, Event::Superseded { .. })),
            of(|event| matches!(event, Event::Rejected { .. })),
            of(|event| matches!(event, Event::Restored { .. })),
            of(|event| matches!(event, Event::Started(_))),
        ]
    };
    let threads = std::thread::available_parallelism().map_or(2, |n| n.get() as u64);
    let counts = std::thread::scope(|scope| {
        let parts: Vec<_> =
            (0..threads).map(|t| scope.spawn(move || (t..SEEDS).step_by(threads as usize).map(one).collect::<Vec<_>>())).collect();
        parts.into_iter().flat_map(|part| part.join().unwrap()).fold([0; 5], |sum, one| std::array::from_fn(|i| sum[i] + one[i]))
    });
    // A simulation in which nothing happens would prove nothing.
    assert!(counts.iter().all(|count| *count as u64 > SEEDS / 10), "applied, superseded, rejected, restored, started: {counts:?}");
}
