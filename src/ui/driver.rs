//! The loop: keys, ticks, and a frame only when something changed; at most five a second for data, fifteen for keys.

mod wishes;

use std::io::{Write, stdout};
use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::{Duration, Instant};

use crossterm::event::{Event, EventStream, KeyEventKind};
use crossterm::terminal::{BeginSynchronizedUpdate, EndSynchronizedUpdate};
use crossterm::{QueueableCommand, execute};
use futures_util::StreamExt;
use ratatui::Terminal;
use ratatui::backend::{Backend, ClearType, CrosstermBackend};
use saner_core::feed::Feed;
use saner_core::state::RunState;

use crate::Options;
use crate::app::{App, Effect, Popup, Tab, Tone};
use crate::ground::{Ground, Taken};
use crate::mouse::Mouse;
use crate::settings::AUTO;
use crate::shell::Granted;
use crate::terminal::{Guard, alarm, copy, install_panic_hook, mouse, suspend};
use crate::view;

type Screen = Terminal<CrosstermBackend<std::io::Stdout>>;

/// Runs until the person leaves.
pub fn run(feed: Feed, options: Options) -> std::io::Result<()> {
    install_panic_hook();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build()?;
    let settings = options.settings.clone();
    let guard = Guard::enter(&options.title, settings.mouse)?;
    let terminal = Terminal::new(CrosstermBackend::new(stdout()))?;
    let mut app = App::new(options.title.clone(), feed.is_steerable(), settings);
    app.formats = options.shell.as_ref().map_or_else(Vec::new, |shell| shell.formats());
    let (grants, granted) = channel();
    let driver = Driver {
        feed,
        options,
        app,
        mouse: Mouse::default(),
        ground: Ground::default(),
        terminal,
        guard: Some(guard),
        seen: 0,
        parent_asked: false,
        seen_events: 0,
        dirty: true,
        frozen: None,
        grants,
        granted,
    };
    runtime.block_on(driver.watch())
}

struct Driver {
    feed: Feed,
    options: Options,
    app: App,
    mouse: Mouse,
    ground: Ground,
    terminal: Screen,
    guard: Option<Guard>,
    /// Version of the feed that a tick has looked at; a frame between two ticks may have drawn a newer one.
    seen: u64,
    /// Whether the run that this one is a fork of was asked for.
    parent_asked: bool,
    /// Events that the app has taken notice of.
    seen_events: usize,
    dirty: bool,
    /// The state kept on the screen while the display is frozen.
    frozen: Option<Box<RunState>>,
    /// Where wishes that were met on other threads come back.
    grants: Sender<Granted>,
    granted: Receiver<Granted>,
}

/// What a round of the loop leads to.
enum Next {
    Stay,
    Leave,
}

impl Driver {
    async fn watch(mut self) -> std::io::Result<()> {
        let mut keys = EventStream::new();
        if self.app.settings.theme == AUTO {
            stdout().write_all(self.ground.ask(&std::env::var("TERM").unwrap_or_default()).as_bytes())?;
        }
        // Between looks at the feed, and between frames that keys ask for.
        let data = Duration::from_secs_f64(1.0 / f64::from(self.app.settings.draw.data_fps.clamp(1, 30)));
        let input = Duration::from_secs_f64(1.0 / f64::from(self.app.settings.draw.input_fps.clamp(1, 60)));
        let mut ticks = tokio::time::interval(data);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        self.seen_events = self.feed.read().events.len();
        let mut last_frame = Instant::now().checked_sub(data).unwrap_or_else(Instant::now);
        loop {
            // What changed since a frame is drawn as soon as the next one may be, not at the next look at the data.
            let (dirty, due) = (self.dirty, tokio::time::Instant::from_std(last_frame + input));
            tokio::select! {
                key = keys.next() => match key {
                    Some(Ok(event)) => {
                        if let Next::Leave = self.event(event)? {
                            return Ok(());
                        }
                    }
                    // The terminal is gone: leave at once and write nothing more to it.
                    Some(Err(_)) | None => return Ok(()),
                },
                _ = ticks.tick() => {
                    if let Next::Leave = self.tick() {
                        return Ok(());
                    }
                }
                () = tokio::time::sleep_until(due), if dirty => {}
            }
            if self.dirty && last_frame.elapsed() >= input {
                self.frame()?;
                last_frame = Instant::now();
            }
        }
    }

    fn event(&mut self, event: Event) -> std::io::Result<Next> {
        match event {
            Event::Key(key) if key.kind != KeyEventKind::Release => {
                match self.ground.take(&key) {
                    Taken::No => {}
                    Taken::Part => return Ok(Next::Stay),
                    Taken::Answer(light) => {
                        self.dirty |= self.app.stand_on(light);
                        return Ok(Next::Stay);
                    }
                }
                self.dirty = true;
                let effect = {
                    let live = self.feed.read();
                    self.app.update(&key, &live)
                };
                self.effect(effect)
            }
            Event::Mouse(event) => {
                self.dirty = true;
                let size = self.terminal.size()?;
                let effect = {
                    let live = self.feed.read();
                    self.mouse.event(&event, &mut self.app, &live, ratatui::layout::Rect::new(0, 0, size.width, size.height))
                };
                self.effect(effect)
            }
            Event::Paste(text) => {
                if let Some(Popup::Field(field)) = &mut self.app.popup {
                    field.insert(&text);
                }
                self.dirty = true;
                Ok(Next::Stay)
            }
            Event::Resize(..) | Event::FocusGained => {
                self.dirty = true;
                Ok(Next::Stay)
            }
            _ => Ok(Next::Stay),
        }
    }

    fn effect(&mut self, effect: Effect) -> std::io::Result<Next> {
        match effect {
            Effect::Draw => {}
            Effect::Send(verb) => {
                if let Err(reason) = self.feed.send("me", verb) {
                    self.app.asked = None;
                    self.app.say(Tone::Error, reason);
                }
            }
            Effect::Quit => return Ok(Next::Leave),
            Effect::Kill => match self.feed.remote() {
                Some(remote) => remote.kill(),
                None => {
                    self.guard = None;
                    std::process::exit(130);
                }
            },
            Effect::Take => {
                if let Some(Err(reason)) = self.feed.remote().map(saner_core::feed::Remote::take) {
                    self.app.say(Tone::Error, reason);
                }
            }
            Effect::Redraw => self.clear()?,
            Effect::Suspend => {
                self.guard = None;
                suspend()?;
                self.guard = Some(Guard::enter(&self.options.title, self.app.settings.mouse)?);
                self.clear()?;
            }
            Effect::Mouse(on) => mouse(on)?,
            Effect::Copy(text) => copy(&text)?,
            Effect::Wish(wish) => self.wish(wish),
            Effect::Picture(which) => self.picture(which)?,
            Effect::Checkpoint { step, rollback } => self.checkpoint(step, rollback),
            Effect::Freeze(on) => {
                self.frozen = on.then(|| Box::new(self.feed.read().clone()));
                self.app.frozen = on.then(|| jiff::Zoned::now().strftime("%H:%M:%S").to_string());
            }
        }
        Ok(Next::Stay)
    }

    fn tick(&mut self) -> Next {
        while let Ok(granted) = self.granted.try_recv() {
            self.app.granted(granted);
            self.dirty = true;
        }
        self.want_sheet();
        self.want_parent();
        self.app.loaded(self.feed.machine());
        self.dirty |= self.app.logs.take(self.feed.new_lines()) && self.app.tab == Tab::Logs;
        if let Some(text) = self.app.alarm.take() {
            let _ = alarm(&text, self.app.settings.bell, self.app.settings.osc9);
        }
        self.dirty |= self.app.tick();
        self.dirty |= self.app.joined(self.feed.link(), self.feed.is_steerable());
        if self.options.interrupted.swap(false, Ordering::SeqCst) {
            if self.app.popup == Some(Popup::Leave) || !self.feed.read().is_active() {
                return Next::Leave;
            }
            self.app.popup = Some(Popup::Leave);
            self.dirty = true;
        }
        let told_to_leave = self.options.leave.load(Ordering::SeqCst);
        if told_to_leave && self.app.link.apart {
            // The run does not need this screen.
            return Next::Leave;
        }
        let version = self.feed.version();
        if version != self.seen {
            (self.dirty, self.seen) = (true, version);
            let live = self.feed.read();
            let news = live.events.get(self.seen_events..).unwrap_or_default();
            self.app.notice(news);
            self.seen_events = live.events.len();
            let asked_to_leave = self.app.leaving || told_to_leave;
            if asked_to_leave && !live.is_active() {
                return Next::Leave;
            }
        }
        Next::Stay
    }

    /// Clears without asking the terminal anything: `Terminal::clear` waits for a cursor report that may never come.
    fn clear(&mut self) -> std::io::Result<()> {
        self.terminal.backend_mut().clear_region(ClearType::All)?;
        self.terminal.swap_buffers();
        self.terminal.swap_buffers();
        self.terminal.current_buffer_mut().reset();
        let size = self.terminal.size()?;
        self.terminal.resize(ratatui::layout::Rect::new(0, 0, size.width, size.height)).or(Ok(()))
    }

    fn frame(&mut self) -> std::io::Result<()> {
        stdout().queue(BeginSynchronizedUpdate)?;
        let (app, frozen, feed) = (&self.app, &self.frozen, &self.feed);
        self.terminal.draw(|frame| {
            let area = frame.area();
            match frozen {
                Some(state) => view::draw(state, app, area, frame.buffer_mut()),
                None => view::draw(&feed.read(), app, area, frame.buffer_mut()),
            }
        })?;
        execute!(stdout(), EndSynchronizedUpdate)?;
        stdout().flush()?;
        self.dirty = false;
        Ok(())
    }
}
