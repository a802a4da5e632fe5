import ArgumentParser
import Core

/// What a client's certificate is to it, as options of the commands that set it.
struct CertificateOptions: ParsableArguments {
    @Option(
        name: .customLong("tls-subject"),
        help: "The subject of the certificate that proves it, such as CN=robot,O=Example.")
    var subject: String?
    @Option(name: .customLong("tls-dns"), help: "A host name of that certificate (SAN) instead.") var dns: String?
    @Option(name: .customLong("tls-uri"), help: "A URI of it instead.") var uri: String?
    @Option(name: .customLong("tls-ip"), help: "An IP address of it instead.") var address: String?
    @Option(name: .customLong("tls-email"), help: "An email address of it instead.") var email: String?
    @Option(name: .customLong("tls-certificates"), help: "A PEM file with certificates of its own that prove it.")
    var certificates: String?
    @Flag(name: .customLong("no-tls-client-auth"), help: "No certificate proves it any more.") var none = false
    @Option(name: .customLong("tls-bound"), help: "true or false: its tokens are bound to its certificate.")
    var bound: Bool?

    func set(_ body: inout Body) throws {
        body.set("tls_client_auth_subject_dn", subject)
        body.set("tls_client_auth_san_dns", dns)
        body.set("tls_client_auth_san_uri", uri)
        body.set("tls_client_auth_san_ip", address)
        body.set("tls_client_auth_san_email", email)
        body.set("tls_certificates", try certificates.map { try PassageOptions.document(in: $0) })
        if none { body.set("no_tls_client_auth", .bool(true)) }
        body.set("tls_client_certificate_bound_access_tokens", bound)
    }
}
