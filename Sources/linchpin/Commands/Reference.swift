import ArgumentParser
import Core
import Foundation
import Hub

/// `linchpin reference DIR`: writes the generated references.
struct Reference: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reference", abstract: "Write the generated references.", shouldDisplay: false)
    @Argument(help: "The folder they go to.") var folder: String

    func run() async throws {
        try await Terminal.explaining {
            for page in try ReferencePages.all() {
                let data = Data(page.text.utf8)
                guard FileManager.default.createFile(atPath: "\(folder)/\(page.name)", contents: data) else {
                    throw HubError(.invalid, "no_file", "\(folder)/\(page.name) cannot be written.")
                }
            }
        }
    }
}
