//! Groups of calls, declared once.

/// Groups of calls as those of `cartesia-http`: the same names, and the same arguments. A call or a
/// group that it returns has the same name here, too.
macro_rules! groups {
    ($(
        $(#[$attribute:meta])*
        $group:ident {$(
            $(#[$doc:meta])*
            fn $name:ident($($argument:ident: $type:ty),* $(,)?) -> $answer:ty;
        )*}
    )*) => {$(
        $(#[$attribute])*
        ///
        #[doc = concat!(
            "[`cartesia_http::", stringify!($group), "`] is the same in async code, and has examples."
        )]
        #[derive(Debug, Clone)]
        pub struct $group {
            inner: cartesia_http::$group,
            runtime: Runtime,
        }

        impl $group {
            pub(super) fn new(inner: cartesia_http::$group, runtime: Runtime) -> Self {
                Self { inner, runtime }
            }

            $(
                $(#[$doc])*
                pub fn $name(&self, $($argument: $type),*) -> $answer {
                    <$answer>::new(self.inner.$name($($argument),*), self.runtime.clone())
                }
            )*
        }
    )*};
}
pub(super) use groups;
