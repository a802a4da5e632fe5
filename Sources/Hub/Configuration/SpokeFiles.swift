import Core
import Foundation

/// The operator's folder of further spoke files.
enum SpokeFiles {
    /// Every `.yaml` file of the folder, in byte order of their names; none when there is no such folder.
    static func read(_ folder: String) throws -> [(name: String, bytes: [UInt8])] {
        let files = FileManager.default
        guard files.fileExists(atPath: folder) else { return [] }
        return try files.contentsOfDirectory(atPath: folder).filter { $0.hasSuffix(".yaml") }.sorted().map { name in
            guard let bytes = files.contents(atPath: "\(folder)/\(name)") else {
                throw HubError(.invalid, "spoke_unreadable", "The spoke file \(folder)/\(name) cannot be read.")
            }
            return (name, [UInt8](bytes))
        }
    }
}
