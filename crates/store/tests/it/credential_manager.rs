//! The real keychain of Windows: the credential manager.

use privacy::Private;
use store::{Keychain, SystemKeychain};

#[test]
fn an_entry_is_kept_read_back_and_removed() {
    let entry = format!("test of process {}", std::process::id());
    assert_eq!(SystemKeychain.get(&entry).unwrap(), None);
    let secret = Private::new("0f".repeat(32));
    SystemKeychain.set(&entry, &secret).unwrap();
    assert_eq!(SystemKeychain.get(&entry).unwrap(), Some(secret));
    SystemKeychain.delete(&entry).unwrap();
    assert_eq!(SystemKeychain.get(&entry).unwrap(), None);
    SystemKeychain.delete(&entry).unwrap();
}
