//! The limits of plans.

use std::str::FromStr;

/// The concurrency limits of a plan, enforced over all sockets and calls of the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Plan {
    /// 2 contexts, 20 sockets, 8 transcriptions.
    Free,
    /// 3 contexts, 30 sockets, 12 transcriptions.
    Pro,
    /// 5 contexts, 50 sockets, 20 transcriptions.
    Startup,
    /// 15 contexts, 150 sockets, 60 transcriptions.
    Scale,
    /// Unlimited.
    #[default]
    Unlimited,
}

impl Plan {
    /// Returns the limit of contexts in flight; `None` for no limit. A call over HTTP counts as one.
    pub fn contexts(self) -> Option<usize> {
        match self {
            Self::Free => Some(2),
            Self::Pro => Some(3),
            Self::Startup => Some(5),
            Self::Scale => Some(15),
            Self::Unlimited => None,
        }
    }

    /// Returns the limit of WebSockets for synthesis, ten times the contexts; `None` for no limit.
    pub fn sockets(self) -> Option<usize> {
        self.contexts().map(|contexts| 10 * contexts)
    }

    /// Returns the limit of transcriptions in flight, on WebSockets and over HTTP, four times the contexts;
    /// `None` for no limit.
    pub fn streams(self) -> Option<usize> {
        self.contexts().map(|contexts| 4 * contexts)
    }
}

/// A text that is not a plan.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a plan; it is `free`, `pro`, `startup`, `scale` or `unlimited`")]
pub struct InvalidPlan(String);

impl FromStr for Plan {
    type Err = InvalidPlan;

    /// Reads the name in lower case.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "free" => Ok(Self::Free),
            "pro" => Ok(Self::Pro),
            "startup" => Ok(Self::Startup),
            "scale" => Ok(Self::Scale),
            "unlimited" => Ok(Self::Unlimited),
            _ => Err(InvalidPlan(text.to_owned())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plans_are_read() {
        for (text, contexts) in [("free", Some(2)), ("scale", Some(15)), ("unlimited", None)] {
            assert_eq!(text.parse::<Plan>().unwrap().contexts(), contexts);
        }
        assert_eq!("pro".parse::<Plan>().unwrap().sockets(), Some(30));
        assert_eq!(Plan::Free.streams(), Some(8));
        assert!("Pro".parse::<Plan>().is_err());
    }
}
