import Core
import Ports
import Storage

/// A connection's passage out of one snapshot; what is secret of it still sealed.
struct SealedPassage: Sendable {
    private let connection: Connection
    private let isBound: Bool
    private let password: SealedSecret?
    private let certificate: Credential?
    private let certificateKey: SealedSecret?
    /// Why none of the connection's client certificates can be shown; without one nothing goes out.
    private let unusable: HubError?

    /// - Parameters:
    ///   - isBound: whether the connection's row is as the hub wrote it.
    ///   - standings: the connection's credentials in their order; the first usable client certificate is the one to show.
    init(
        _ connection: Connection, isBound: Bool, _ standings: [Standing], in reader: any SQLReader
    ) throws {
        self.connection = connection
        self.isBound = isBound
        password = try connection.passage.proxy?.passwordID.map {
            try SecretRows.find($0, version: 1, in: reader)
        }
        let certificates = standings.filter { $0.credential.isCertificate }
        certificate = certificates.first { $0.refusal == nil }?.credential
        unusable = certificate == nil ? certificates.first?.refusal : nil
        certificateKey = try certificate.map {
            try SecretRows.find($0.secretID, version: $0.secretVersion, in: reader)
        }
    }

    /// Those of the connections that use a credential, by name, for requests to where these lead.
    static func all(
        using credential: Credential, on hub: String, at now: Timestamp, _ envelope: Envelope,
        in reader: any SQLReader
    ) throws -> [SealedPassage] {
        try ConnectionRows.sending(credential.id, in: reader).map { connection in
            let standings = try Standing.all(of: connection.id, on: hub, at: now, in: reader)
            let isBound = try ConnectionRows.isBound(connection, envelope, in: reader)
            return try SealedPassage(connection, isBound: isBound, standings, in: reader)
        }
    }

    /// Scheme, host and port of the connection, where the passage counts.
    var leadsTo: StrictURL? { StrictURL(connection.url) }

    /// Throws `connection_changed_outside` rather than give up what the row no longer says, and why a client certificate
    /// is refused rather than come without it.
    func opened(_ envelope: Envelope) throws -> Passage {
        guard isBound else { throw connection.changedOutside }
        if let unusable { throw unusable }
        let kept = connection.passage
        var proxy: Passage.Proxy?
        if let known = kept.proxy {
            guard let url = StrictURL(known.address) else { throw connection.changedOutside }
            let secret = try password.map { sealed in
                try envelope.open(sealed, at: ConnectionPassage.place(sealed.id, of: connection.id))
            }
            proxy = Passage.Proxy(host: url.host, port: url.port, user: known.user, password: secret ?? Secret([]))
        }
        let pins = kept.pins.compactMap { Base64.decode($0.utf8) }
        guard pins.count == kept.pins.count else { throw connection.changedOutside }
        return Passage(
            trustRoots: kept.trustRoots, pins: pins,
            clientCertificate: try clientCertificate(envelope), proxy: proxy)
    }

    private func clientCertificate(_ envelope: Envelope) throws -> Passage.ClientCertificate? {
        guard let certificate, let certificateKey else { return nil }
        guard certificate.isBound(envelope) else { throw certificate.changedOutside }
        return Passage.ClientCertificate(
            chain: certificate.settings["certificate"]?.string ?? "",
            key: try envelope.open(certificateKey, at: certificate.place(version: certificate.secretVersion)))
    }
}
