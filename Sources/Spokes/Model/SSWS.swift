import Core

/// Okta's API tokens; people paste them with and without the scheme's name before them.
enum SSWS {
    /// The bare key; nil if it is empty or holds a space or anything but visible ASCII.
    static func key(in secret: Secret) -> Secret? {
        secret.reveal { bytes in
            let prefix = Array("SSWS ".utf8)
            let key = bytes.starts(with: prefix) ? Array(bytes.dropFirst(prefix.count)) : bytes
            guard !key.isEmpty, key.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else { return nil }
            return Secret(key)
        }
    }
}
