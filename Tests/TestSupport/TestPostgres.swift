import Storage
import StorageSQLite
import Foundation

enum TestPostgres {
    /// Until the driver is there: fails.
    static func with<R>(_ body: (any Database) async throws -> R) async throws -> R {
        throw CocoaError(.featureUnsupported)
    }
}
