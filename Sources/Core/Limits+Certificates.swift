// Bounds of certificates that clients show.
extension Limits {
    public static let peerCertificates = Bound(
        "peer_certificates", 10, "certificates", "what a client sends with its certificate; more is not looked at")
    public static let clientCertificateBytes = Bound(
        "client_certificate_bytes", 65_536, "bytes", "the certificates that one client registers, as PEM")
    public static let certificateName = Bound(
        "certificate_name", 500, "characters", "the name in a certificate by which a client is known")

    static let certificates: [Bound] = [peerCertificates, clientCertificateBytes, certificateName]
}
