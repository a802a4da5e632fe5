import Foundation
import Storage
import StorageSQLite

enum TestPostgres {
    /// Until the driver is there: fails.
    static func with<R>(_ body: (any Database) async throws -> R) async throws -> R {
        throw CocoaError(.featureUnsupported)
    }
}
