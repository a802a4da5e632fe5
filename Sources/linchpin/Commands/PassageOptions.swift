import ArgumentParser
import Core
import Foundation

/// How a connection's calls travel, as options of the commands that set it.
struct PassageOptions: ParsableArguments {
    @Option(help: "A PEM file with the authorities that it trusts instead of the system's.") var trustRoots: String?
    @Option(
        name: .customLong("pin"),
        help: "SHA-256 of a public key (SPKI) in Base64, which the server may have; repeat for more, at least two.")
    var pins: [String] = []
    @Option(help: "The proxy that calls go through, such as http://proxy.example.com:3128.") var proxy: String?
    @Option(help: "Who the hub is at the proxy.") var proxyUser: String?
    @Flag(help: "Read the password of that user.") var proxyPassword = false

    func set(_ body: inout Body) throws {
        body.set("trust_roots", try trustRoots.map { try Self.document(in: $0) })
        body.set("pins", pins)
        body.set("proxy", proxy)
        body.set("proxy_user", proxyUser)
        if proxyPassword { body.set("proxy_password", try Terminal.readSecret("Password at the proxy: ")) }
    }

    /// The text of a file.
    static func document(in file: String) throws -> String {
        guard let bytes = FileManager.default.contents(atPath: file), bytes.count <= Limits.certificateBytes.value
        else {
            throw HubError(
                .invalid, "file_unreadable", "\(Shown.name(file)) can't be read as a file. Check its name.")
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
