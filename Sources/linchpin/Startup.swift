import Configuration
import Core
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
}
