//! The seam between the texts of two connections.

use crate::text::is_spaceless;

/// The service puts a space in front of a text that continues another one. It does not do so on a new
/// connection, so this does it instead.
#[derive(Debug, Default)]
pub(super) struct Joint {
    /// The last character of the final text so far.
    last: Option<char>,
    /// Nothing final came from this connection yet, and something did from another.
    torn: bool,
}

impl Joint {
    /// The connection is lost.
    pub(super) fn tear(&mut self) {
        self.torn = self.last.is_some();
    }

    /// Returns the separator before a text that continues the final text so far.
    pub(super) fn before(&self, text: &str) -> &'static str {
        match (self.last, text.chars().next()) {
            (Some(last), Some(first)) if self.torn => {
                let spaced = last.is_whitespace() || first.is_whitespace();
                let spaceless = is_spaceless(last) || is_spaceless(first);
                if spaced || spaceless { "" } else { " " }
            }
            _ => "",
        }
    }

    /// Notes final text.
    pub(super) fn commit(&mut self, text: &str) {
        if let Some(last) = text.chars().next_back() {
            self.last = Some(last);
            self.torn = false;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_torn_joint_gets_a_space_and_only_where_scripts_have_them() {
        let mut joint = Joint::default();
        joint.tear();
        assert_eq!(joint.before("Hello"), "", "nothing came before");
        joint.commit("Hello");
        assert_eq!(joint.before("you"), "", "the service says where spaces are");
        joint.tear();
        joint.commit("");
        assert_eq!(joint.before("you"), " ");
        assert_eq!(joint.before(" you"), "");
        assert_eq!(joint.before(""), "");
        assert_eq!(joint.before("你"), "");
        joint.commit(" you");
        assert_eq!(joint.before("too"), "");
    }
}
