//! Who else wants to see an answer while its end is looked for.

/// Is shown the fields and the body of the final answer, in order, as they come.
pub trait Sink {
    /// A field of the head, called once the head is whole. Trailers are not shown.
    fn field(&mut self, name: &str, value: &[u8]);

    /// The next bytes of the body, without any framing.
    fn body(&mut self, bytes: &[u8]);
}

/// Looks at nothing, at no cost.
impl Sink for () {
    fn field(&mut self, _name: &str, _value: &[u8]) {}

    fn body(&mut self, _bytes: &[u8]) {}
}
