//! SentencePiece BPE: merges rebuilt from the tokens' scores, unknown characters by their bytes.
//!
//! SentencePiece always joins the adjacent pair whose union has the best score. So every split of a
//! token into two tokens is a merge, ranked by the score of the token (as `transformers`' Llama
//! converter does).

use tokenizers::Tokenizer as Pipeline;
use tokenizers::models::bpe::BPE;
use tokenizers::models::bpe::Vocab;
use tokenizers::normalizers::Replace;

use crate::EngineError;
use crate::vocabulary::{Role, Vocabulary};

/// The vocabulary's pipeline.
pub(super) fn pipeline(vocabulary: &Vocabulary<'_>) -> Result<Pipeline, EngineError> {
    let mut words = Vocab::with_capacity(vocabulary.tokens.len());
    let mut bytes = [false; 256];
    for (id, (token, role)) in vocabulary.tokens.iter().zip(&vocabulary.roles).enumerate() {
        let name = match role {
            Role::Control => continue,
            Role::Text => (*token).to_owned(),
            Role::Byte(byte) => {
                bytes[usize::from(*byte)] = true;
                format!("<0x{byte:02X}>")
            }
        };
        if words.insert(name, id as u32).is_some() {
            return Err(EngineError::malformed("a token twice"));
        }
    }
    // Without a byte's own token, some text would vanish.
    if bytes.contains(&false) {
        return Err(EngineError::malformed("a byte without its token"));
    }
    let merges = merges(vocabulary, &words);
    let model = BPE::builder()
        .vocab_and_merges(words, merges)
        .byte_fallback(true)
        .build()
        .map_err(|_| EngineError::malformed("merges"))?;
    let mut pipeline = Pipeline::new(model);
    let spaces = Replace::new(" ", "▁").map_err(|_| EngineError::malformed("normalizer"))?;
    pipeline
        .with_normalizer(Some(spaces))
        .map_err(|_| EngineError::malformed("normalizer"))?;
    Ok(pipeline)
}

/// Every split of every token of text, the best score first; equal scores by identifier, then by
/// the identifiers of the parts.
fn merges(vocabulary: &Vocabulary<'_>, words: &Vocab) -> Vec<(String, String)> {
    let text = |id: u32| vocabulary.roles[id as usize] == Role::Text;
    let mut ranked = Vec::new();
    for (id, token) in vocabulary.tokens.iter().enumerate() {
        if vocabulary.roles[id] != Role::Text {
            continue;
        }
        for (at, _) in token.char_indices().skip(1) {
            let (left, right) = token.split_at(at);
            if let (Some(&a), Some(&b)) = (words.get(left), words.get(right))
                && text(a)
                && text(b)
            {
                ranked.push((id, a, b, left, right));
            }
        }
    }
    let score = |id: usize| vocabulary.scores[id];
    ranked.sort_by(|x, y| {
        let best = score(y.0).total_cmp(&score(x.0));
        best.then_with(|| (x.0, x.1, x.2).cmp(&(y.0, y.1, y.2)))
    });
    ranked
        .into_iter()
        .map(|(_, _, _, left, right)| (left.to_owned(), right.to_owned()))
        .collect()
}
