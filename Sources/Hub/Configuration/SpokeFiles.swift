import Core
import Documents
import Foundation
import Spokes

/// The operator's folder of further spoke files.
enum SpokeFiles {
    /// The shipped spokes and those of the folder; throws `HubError` with file and line for a mistake in one.
    static func catalogue(_ folder: String) throws -> SpokeCatalogue {
        let files = try read(folder)
        let beside = try tables(folder, files.map(\.name))
        do { return try SpokeCatalogue.load(operatorFiles: files, tables: beside) } catch {
            throw HubError(.invalid, "bad_spoke_file", "\(error). Correct the file in \(folder) and start again.")
        }
    }

    /// The table `NAME-operations.tsv` beside `NAME.yaml`, where there is one.
    private static func tables(_ folder: String, _ names: [String]) throws -> [String: [UInt8]] {
        var found: [String: [UInt8]] = [:]
        for name in names {
            let path = "\(folder)/\(name.dropLast(".yaml".count))-operations.tsv"
            if FileManager.default.fileExists(atPath: path) { found[name] = try bytes(path) }
        }
        return found
    }

    /// Every `.yaml` file of the folder but those with tests (`.test.yaml`), in byte order of their names; none when
    /// there is no such folder.
    private static func read(_ folder: String) throws -> [(name: String, bytes: [UInt8])] {
        let files = FileManager.default
        guard files.fileExists(atPath: folder) else { return [] }
        return try files.contentsOfDirectory(atPath: folder)
            .filter { $0.hasSuffix(".yaml") && !$0.hasSuffix(".test.yaml") }.sorted()
            .map { ($0, try bytes("\(folder)/\($0)")) }
    }

    private static func bytes(_ path: String) throws -> [UInt8] {
        guard let bytes = FileManager.default.contents(atPath: path) else {
            throw HubError(
                .invalid, "spoke_unreadable", "The spoke file \(path) cannot be read. Check its owner and mode.")
        }
        return [UInt8](bytes)
    }
}
