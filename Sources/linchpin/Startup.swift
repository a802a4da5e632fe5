import Configuration
import Core
import Foundation
import Hub
import Logging

/// What commands that run a hub share.
enum Startup {
    /// Logs go to standard error, warnings and worse.
    static let logger: Logger = {
        var logger = Logger(label: "linchpin") { StreamLogHandler.standardError(label: $0) }
        logger.logLevel = .warning
        return logger
    }()

    /// The configuration from the environment, with what the command line says on top.
    static func configuration(data: String?, port: Int?) async throws -> HubConfiguration {
        var values: [AbsoluteConfigKey: ConfigValue] = [:]
        if let data { values[["linchpin", "data"]] = ConfigValue(.string(data), isSecret: false) }
        if let port { values[["linchpin", "http", "port"]] = ConfigValue(.int(port), isSecret: false) }
        let reader = ConfigReader(providers: [
            InMemoryProvider(values: values), EnvironmentVariablesProvider(),
        ])
        return try await HubConfiguration(reader.scoped(to: "linchpin"))
    }

    /// Where a hub of the same environment listens; the standard port where that says nothing, or any free one.
    static func hubPort() -> Int {
        let reader = ConfigReader(provider: EnvironmentVariablesProvider()).scoped(to: "linchpin")
        let port = reader.int(forKey: "http.port") ?? 0
        return (1...65_535).contains(port) ? port : HubConfiguration.standardPort
    }

    /// Asks the system for `Limits.openFiles` where a shell allows less; it may refuse, and then less it is.
    static func allowFiles() {
        #if canImport(Glibc)
        let files = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        #else
        let files = RLIMIT_NOFILE
        #endif
        var limit = rlimit()
        guard getrlimit(files, &limit) == 0 else { return }
        limit.rlim_cur = max(limit.rlim_cur, min(limit.rlim_max, rlim_t(Limits.openFiles.value)))
        setrlimit(files, &limit)
    }
}
