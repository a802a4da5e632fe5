import Core
import Foundation
import Keys

/// The hub's own certificate for trials, in two files of the data folder.
enum TrialCertificate {
    /// Makes the files if they are missing, near their end, or not for this host.
    static func keep(in folder: DataFolder, host: String, _ effects: Effects) throws {
        let names = SelfMadeCertificate.Names(host: host)
        let now = effects.now()
        let enough = now.adding(seconds: Int64(Limits.trialCertificateRenewalDays.value) * 86_400)
        if let pem = FileManager.default.contents(atPath: folder.trialCertificate),
            FileManager.default.fileExists(atPath: folder.trialKey),
            SelfMadeCertificate.serves([UInt8](pem), names, until: enough)
        {
            return
        }
        let made = try SelfMadeCertificate.make(
            names, from: now, days: Limits.trialCertificateDays.value, effects)
        try DiskFile.replace(made.key.reveal { $0 }, at: folder.trialKey)
        try DiskFile.replace(made.certificate, at: folder.trialCertificate)
    }
}

extension DataFolder {
    /// The hub's own certificate for trials; hand it to clients that shall trust it.
    public var trialCertificate: String { "\(path)/tls-trial.crt" }
    /// Its key, mode 0600.
    public var trialKey: String { "\(path)/tls-trial.key" }
}

extension Hub {
    /// The PEM files that new connections are served with; nil without TLS. Makes or renews the trial's own.
    public func tlsFiles() throws -> (certificate: String, key: String)? {
        switch configuration.tls {
        case nil: return nil
        case .files(let certificate, let key): return (certificate, key)
        case .trial:
            try TrialCertificate.keep(in: folder, host: configuration.host, effects)
            return (folder.trialCertificate, folder.trialKey)
        }
    }
}
