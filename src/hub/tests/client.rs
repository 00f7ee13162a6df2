//! A client of the simulation: what it follows, and the two directions of its connection.

use std::collections::VecDeque;

use saner_core::command::Verb;
use saner_core::protocol::follow::Watcher;
use saner_core::protocol::{Ask, Tell, line, read};

use super::super::lease::Who;

/// Where an engine stands with a client: how much of the files it has told.
pub struct Session {
    pub metrics: usize,
    pub events: usize,
    pub rewinds: u32,
    /// Lines on their way to the client.
    pub out: VecDeque<Vec<u8>>,
}

struct Connection {
    who: Who,
    session: Session,
    to_engine: VecDeque<Vec<u8>>,
}

pub struct Client {
    pub only_watches: bool,
    connection: Option<Connection>,
    pub watcher: Watcher,
    next: u64,
    /// Numbers under which its changes were taken.
    pub tickets: Vec<u64>,
}

impl Client {
    pub fn new(only_watches: bool) -> Self {
        Self { only_watches, connection: None, watcher: Watcher::default(), next: 1, tickets: Vec::new() }
    }

    pub fn id(&self) -> Option<u64> {
        self.connection.as_ref().map(|connection| connection.who.id)
    }

    pub fn who(&self) -> &Who {
        &self.connection.as_ref().unwrap().who
    }

    pub fn session(&mut self) -> Option<&mut Session> {
        self.connection.as_mut().map(|connection| &mut connection.session)
    }

    pub fn connect(&mut self, who: Who, session: Session) {
        self.connection = Some(Connection { who, session, to_engine: VecDeque::new() });
    }

    /// The connection breaks; what was on its way is lost.
    pub fn cut(&mut self) {
        self.connection = None;
    }

    pub fn command(&mut self, verb: Verb) -> Ask {
        self.next += 1;
        Ask::Command { id: self.next, verb }
    }

    pub fn say(&mut self, ask: &Ask) {
        // Who only watches asks too: it must be refused. It never asks for control.
        if self.only_watches && matches!(ask, Ask::Take { .. }) {
            return;
        }
        if let Some(connection) = &mut self.connection {
            connection.to_engine.push_back(line(ask));
        }
    }

    pub fn next_to_engine(&mut self) -> Option<Vec<u8>> {
        self.connection.as_mut()?.to_engine.pop_front()
    }

    pub fn told(&mut self, message: &Tell) {
        if let Some(connection) = &mut self.connection {
            connection.session.out.push_back(line(message));
        }
    }

    /// Hears at most so many lines.
    pub fn hear(&mut self, most: usize) {
        for _ in 0..most {
            let Some(bytes) = self.connection.as_mut().and_then(|connection| connection.session.out.pop_front()) else { return };
            let message: Tell = read(&bytes).unwrap();
            if let Tell::Answer { ticket: Some(ticket), .. } = message {
                self.tickets.push(ticket);
            }
            self.watcher.take(message);
        }
    }
}
