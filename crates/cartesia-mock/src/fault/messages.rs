//! Which message of a stream is hit.

use std::collections::{HashMap, HashSet};

use serde_json::Value;

use super::Fault;
use crate::socket::{Action, ContextName, Moment, Occasion};
use crate::state::State;

/// Counts the messages of one event stream or WebSocket, and finds the actions that hit the next one.
#[derive(Debug, Default)]
pub(crate) struct Messages {
    /// The fault of the request: the number of messages before it, and its action.
    fault: Option<(usize, Action)>,
    sent: usize,
    contexts: HashMap<Option<String>, Counted>,
    silenced: HashSet<Option<String>>,
}

#[derive(Debug)]
struct Counted {
    /// The first context of the stream has 1.
    number: u64,
    messages: u32,
}

/// A message that is about to be sent.
#[derive(Debug, Default)]
pub(crate) struct Hit {
    pub(crate) context_id: Option<String>,
    pub(crate) actions: Vec<Action>,
    /// Whether its context was silenced, so that it is not sent.
    pub(crate) silenced: bool,
}

impl Messages {
    pub(crate) fn new(fault: Option<Fault>) -> Self {
        let fault = match fault {
            Some(Fault::Message { after, action }) => Some((after, action)),
            _ => None,
        };
        Self {
            fault,
            ..Self::default()
        }
    }

    /// Looks at the next message. `connection` is 0 for an event stream.
    pub(crate) fn next(&mut self, state: &State, connection: u64, path: &str, text: &str) -> Hit {
        let script = &state.sockets.script;
        let scripted = script.hits_messages();
        if self.fault.is_none() && !scripted && self.silenced.is_empty() {
            self.sent += 1;
            return Hit::default();
        }
        let message: Value = serde_json::from_str(text).unwrap_or_default();
        let is_done =
            message["type"] == "done" || (message["done"] == true && message.get("type").is_none());
        let id = message["context_id"].as_str().map(str::to_owned);
        let mut hit = Hit::default();
        if self.silenced.contains(&id) {
            if is_done {
                self.silenced.remove(&id);
            }
            hit.silenced = true;
            return hit;
        }
        if let Some((_, action)) = self
            .fault
            .take_if(|(after, _)| self.sent >= *after || is_done)
        {
            hit.actions.push(action);
        }
        self.sent += 1;
        if scripted {
            let number = self.contexts.len() as u64 + 1;
            let counted = self.contexts.entry(id.clone()).or_insert(Counted {
                number,
                messages: 0,
            });
            let context = id.as_deref().map(|id| ContextName {
                id,
                number: counted.number,
            });
            hit.actions.extend(script.take(Occasion {
                moment: Moment::Messages(counted.messages),
                connection,
                path,
                context,
            }));
            counted.messages = counted.messages.saturating_add(1);
        }
        hit.context_id = id;
        hit
    }

    /// Lets no more messages of a context out, up to its `done`.
    pub(crate) fn silence(&mut self, context_id: Option<String>) {
        self.silenced.insert(context_id);
    }
}
