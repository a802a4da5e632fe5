import Core
import Documents

/// One operation of a provider's own description, with the OAuth scopes that it asks for.
struct ProviderOperation: Sendable, Equatable {
    let method: String
    let path: String
    let scopes: [String]

    /// The same for every spelling of the placeholders.
    var key: String { Self.key(method, path) }

    static func key(_ method: String, _ path: String) -> String {
        let segments = path.split(separator: "/").map { $0.hasPrefix("{") ? "{}" : $0 }
        return method + " /" + segments.joined(separator: "/")
    }

    /// Reads a table: a line an operation, with method, path and scopes (by commas) apart by tabs. Lines that begin with
    /// `#` are for readers.
    static func table(_ bytes: [UInt8], file: String) throws(DocumentProblem) -> [ProviderOperation] {
        var operations: [ProviderOperation] = []
        let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
        for (index, line) in lines.enumerated() where !line.isEmpty && !line.hasPrefix("#") {
            let cells = line.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
            guard cells.count == 3, cells[1].hasPrefix("/"), !cells[2].isEmpty else {
                throw DocumentProblem(
                    file: file, line: index + 1, what: "expected a method, a path and scopes, apart by tabs")
            }
            operations.append(
                ProviderOperation(
                    method: cells[0], path: cells[1], scopes: cells[2].split(separator: ",").map(String.init)))
        }
        return operations
    }
}
