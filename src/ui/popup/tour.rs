//! A short guided tour for who is here for the first time: what the screen shows, in six cards.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::action::Action;
use crate::app::App;
use crate::theme::Role;

/// A card: its title, its lines; `{…}` is the key of an action.
type Card = (&'static str, &'static [&'static str]);

/// The cards.
const CARDS: [Card; 6] = [
    (
        "what runs here",
        &[
            "A network learns from images of which some carry wrong labels.",
            "The top line says where it stands: epoch, step, images a second,",
            "time left. The run is a process of its own: this screen is only",
            "a window on it.",
        ],
    ),
    (
        "the curves",
        &[
            "train/loss falls. Below, accuracies with a letter at each end:",
            "c on right labels, t on the test set: higher is better;",
            "n on WRONG labels, against what they say: memorised, so lower",
            "is better. SANER is about keeping n low.",
        ],
    ),
    (
        "alpha and Group B",
        &[
            "SAM's gradient makes some elements smaller (Group B). SANER",
            "multiplies these by alpha: 1 is SAM, 0 drops them. alpha begins",
            "at 1 and falls to its target over k epochs; p_r says whether",
            "Group B holds more of the noise (above 1) than of the rest.",
        ],
    ),
    (
        "steering",
        &[
            "{pause} pauses, {checkpoint} writes a checkpoint, {edit} types a new alpha: it is",
            "staged first, Enter applies it, and the step that used it is",
            "named. Every change is marked on the charts.",
        ],
    ),
    (
        "more to see",
        &[
            "1 to 6 choose a tab: all charts, the method's own measures and",
            "single samples, other runs, what happened, the log.",
            "{cross} inspects exact values, {palette} types commands, {help} lists all keys.",
        ],
    ),
    (
        "leaving",
        &[
            "{leave} leaves. The run goes on; come back with saner-tui attach,",
            "or look at it later with saner-tui open last. {tour} shows these",
            "cards again.",
        ],
    ),
];

/// Number of cards.
pub const N: usize = CARDS.len();

/// Draws a card in the lower right corner, so that what it speaks of is seen.
pub fn draw(at: usize, app: &App, area: Rect, buf: &mut Buffer) {
    let Some((title, lines)) = CARDS.get(at) else { return };
    let key = |action| app.settings.keymap.key(action).to_owned();
    let text = |line: &str| {
        line.replace("{pause}", &key(Action::TogglePause))
            .replace("{checkpoint}", &key(Action::Checkpoint))
            .replace("{edit}", &key(Action::Edit))
            .replace("{cross}", &key(Action::CrossHair))
            .replace("{palette}", &key(Action::Palette))
            .replace("{help}", &key(Action::Help))
            .replace("{tour}", &key(Action::Tour))
            .replace("{leave}", &key(Action::Leave))
    };
    let (width, height) = (68.min(area.width), (lines.len() as u16 + 2).min(area.height));
    // Above the message and the footer.
    let y = area.bottom().saturating_sub(height + 2).max(area.y);
    let place = Rect { x: area.right() - width, y, width, height: height.min(area.bottom() - y) };
    let title = format!("Tour {} of {N}: {title}", at + 1);
    let inner = super::frame_at(&title, "Enter next   any other key: off you go", place, app, buf);
    for (y, line) in (inner.y..inner.bottom()).zip(*lines) {
        buf.set_stringn(inner.x + 1, y, text(line), inner.width.saturating_sub(1) as usize, app.theme.style(Role::Text));
    }
}
