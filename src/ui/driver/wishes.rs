//! What the screen wants of the world outside the run.

use ratatui::layout::Rect;
use saner_core::command::Verb;

use super::Driver;
use crate::app::{Effect, Popup, Tone};
use crate::print::picture;
use crate::shell::{Kept, Wish, grant};

impl Driver {
    /// Draws what is shown as a picture, and has it written.
    pub(super) fn picture(&mut self, which: usize) -> std::io::Result<()> {
        let size = self.terminal.size()?;
        let area = Rect::new(0, 0, size.width, size.height);
        let (name, svg) = match &self.frozen {
            Some(state) => picture(which, state, &self.app, area),
            None => picture(which, &self.feed.read(), &self.app, area),
        };
        self.wish(Wish::Picture(name, svg));
        Ok(())
    }

    /// Has a wish met on another thread: files may be many, and a disk slow.
    pub(super) fn wish(&mut self, wish: Wish) {
        let Some(shell) = self.options.shell.clone() else {
            return self.app.say(Tone::Error, "this screen sees one run only".into());
        };
        let grants = self.grants.clone();
        std::thread::spawn(move || grants.send(grant(shell.as_ref(), wish)));
    }

    /// Has the pictures of the newest disputed samples read once.
    pub(super) fn want_sheet(&mut self) {
        let newest = self.feed.read().samples.as_ref().map(|(epoch, stats)| (*epoch, stats.disputed.len()));
        if let Some((epoch, n)) = newest.filter(|_| self.options.shell.is_some())
            && self.app.sheet.as_ref().is_none_or(|(known, _)| *known != epoch)
        {
            self.app.sheet = Some((epoch, None));
            self.wish(Wish::Disputed(epoch, n));
        }
    }

    /// Lays the run that this one is a fork of behind the charts, once: that is what it is to be compared with.
    pub(super) fn want_parent(&mut self) {
        if self.parent_asked || self.options.shell.is_none() {
            return;
        }
        let parent = {
            let live = self.feed.read();
            let Some(header) = &live.header else { return };
            header.fork.as_ref().and_then(|fork| fork.parent.split_once('@')).map(|(run, _)| run.to_owned())
        };
        self.parent_asked = true;
        if let Some(id) = parent {
            self.wish(Wish::Parent(id));
        }
    }

    /// Asks before a run is forked, or taken back, at the newest checkpoint that lies before a step.
    pub(super) fn checkpoint(&mut self, step: u64, rollback: bool) {
        let kept = self.options.shell.as_ref().map_or_else(Vec::new, |shell| shell.checkpoints());
        let now = self.feed.read().steps_done();
        let Some(Kept { name, step: at }) = kept.into_iter().rev().find(|kept| kept.step <= step && (!rollback || kept.step < now)) else {
            return self.app.say(Tone::Error, format!("there is no checkpoint at or before step {step}"));
        };
        let (lines, effect) = if rollback {
            let lost = now.saturating_sub(at);
            (
                vec![
                    format!("Take the run back to {name} (step {at})?"),
                    format!("{lost} steps and later checkpoints move to superseded/; it stands paused then."),
                ],
                Effect::Send(Verb::Rollback { checkpoint: Some(name) }),
            )
        } else {
            (
                vec![
                    format!("Begin a new run at {name} (step {at})?"),
                    "It runs beside this one, with the same settings; :fork NAME KEY=VALUE has others.".into(),
                ],
                Effect::Wish(Wish::Fork(name, Vec::new())),
            )
        };
        self.app.popup = Some(Popup::Confirm(lines, Box::new(effect)));
    }
}
