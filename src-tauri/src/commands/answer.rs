//! Answers, written down a channel.

use assistant::Style;
use assistant::view::AnswerEvent;

use crate::shell::commands;

commands! {
    /// Asks a question; ends when its answer does.
    fn answer_send(clocher, conversation: Option<i64>, text: String; events => AnswerEvent) -> () {
        clocher.send(conversation, &text, Style::default(), &mut |event| { let _ = events.send(event); })
    }

    /// Makes the last answer again.
    fn answer_again(clocher, conversation: i64; events => AnswerEvent) -> () {
        clocher.answer_again(conversation, Style::default(), &mut |event| { let _ = events.send(event); })
    }

    /// Stops the answer being written.
    fn answer_stop(clocher) -> () { clocher.stop(); Ok(()) }
}
