import Core

extension TokenEndpoint {
    /// The proof that the token shall be bound to its key (RFC 9449 §5). It needs a nonce (§8), so that nobody makes proofs
    /// in advance.
    func proofOfKey(_ request: TokenRequest, at now: Timestamp) -> Result<DPoPProof, TokenRefusal> {
        let asked = DPoPProof.Asked(
            method: "POST", url: issuer() + request.path, at: now, nonces: nonces, needsNonce: true, accessToken: nil)
        return DPoPProof.judge(request.dpop, for: asked).mapError(TokenRefusal.proof)
    }

    /// Uses the proof up; the refusal where it was used before (RFC 9449 §11.1).
    ///
    /// After all that is judged by reading: each use is a row, and whoever knows a public client's id can make proofs. What
    /// only the last write finds out, such as a code that was used, comes after it.
    func spend(_ proof: DPoPProof?, at now: Timestamp) async throws -> TokenRefusal? {
        guard let proof else { return nil }
        return try await proof.use(at: now, in: database) ? nil : .proof(.used)
    }
}
