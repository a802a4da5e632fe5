// Bounds of proofs by key at the authorization server.
extension Limits {
    public static let clientKeys = Bound("client_keys", 10, "keys", "public keys of one client")
    public static let assertionAheadSeconds = Bound(
        "assertion_ahead", 3_600, "seconds",
        "the end of a client's assertion lies ahead at most; it is remembered so long")
    public static let proofSkewSeconds = Bound(
        "proof_skew", 30, "seconds", "the clock of whoever proves something by key may be ahead")
    public static let proofAgeSeconds = Bound(
        "proof_age", 120, "seconds", "age of a proof of possession; it is remembered so long")
    public static let proofNonceSeconds = Bound(
        "proof_nonce", 300, "seconds", "a nonce for proofs of possession is handed out, and taken for as long again")

    static let proofs: [Bound] = [
        clientKeys, assertionAheadSeconds, proofSkewSeconds, proofAgeSeconds, proofNonceSeconds,
    ]
}
