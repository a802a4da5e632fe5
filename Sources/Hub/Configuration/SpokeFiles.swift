import Core
import Documents
import Foundation
import Spokes

/// The operator's folder of further spoke files.
enum SpokeFiles {
    /// The shipped spokes and those of the folder; throws `HubError` with file and line for a mistake in one.
    static func catalogue(_ folder: String) throws -> SpokeCatalogue {
        let files = try read(folder)
        do { return try SpokeCatalogue.load(operatorFiles: files) } catch {
            throw HubError(.invalid, "bad_spoke_file", "\(error). Correct the file in \(folder) and start again.")
        }
    }

    /// Every `.yaml` file of the folder, in byte order of their names; none when there is no such folder.
    private static func read(_ folder: String) throws -> [(name: String, bytes: [UInt8])] {
        let files = FileManager.default
        guard files.fileExists(atPath: folder) else { return [] }
        return try files.contentsOfDirectory(atPath: folder).filter { $0.hasSuffix(".yaml") }.sorted().map { name in
            guard let bytes = files.contents(atPath: "\(folder)/\(name)") else {
                throw HubError(
                    .invalid, "spoke_unreadable",
                    "The spoke file \(folder)/\(name) cannot be read. Check its owner and mode.")
            }
            return (name, [UInt8](bytes))
        }
    }
}
