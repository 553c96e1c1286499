//! Text that may stand in a head, made of any bytes.

use arbitrary::{Arbitrary, Unstructured};

/// Far below every limit of the parser, however much of it there is in one answer.
const MAX_BYTES: usize = 64;

/// What may stand in a name (RFC 9110, section 5.6.2); can be empty, so that something goes before it.
#[derive(Debug)]
pub struct Token(pub String);

impl<'input> Arbitrary<'input> for Token {
    fn arbitrary(input: &mut Unstructured<'input>) -> arbitrary::Result<Self> {
        const ALPHABET: &[u8] = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789!#$%&'*+-.^_`|~";
        let letters: Vec<u8> = Arbitrary::arbitrary(input)?;
        let letter = |byte: u8| char::from(ALPHABET[usize::from(byte) % ALPHABET.len()]);
        Ok(Self(letters.into_iter().take(MAX_BYTES).map(letter).collect()))
    }
}

/// What may stand in a value or in a reason (RFC 9110, section 5.5): no control character but the tab.
#[derive(Debug)]
pub struct Text(pub Vec<u8>);

impl<'input> Arbitrary<'input> for Text {
    fn arbitrary(input: &mut Unstructured<'input>) -> arbitrary::Result<Self> {
        let letters: Vec<u8> = Arbitrary::arbitrary(input)?;
        let letter = |byte: u8| if byte.is_ascii_control() { b'\t' } else { byte };
        Ok(Self(letters.into_iter().take(MAX_BYTES).map(letter).collect()))
    }
}
