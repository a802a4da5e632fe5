import Core
import Hub

/// `/health/live` and `/health/ready`.
enum HealthRoutes {
    static func handlers(_ hub: Hub) -> [String: Handler] {
        [
            "health.live": .open { _ in .json(["status": "live"]) },
            "health.ready": .open { _ in
                let isReady = await hub.isReady()
                // Anybody may read this: what the matter is called, not what it is.
                let attention = JSON.array(hub.attention.all.map { .string($0.matter) })
                return .json(
                    ["status": isReady ? "ready" : "not ready", "attention": attention], status: isReady ? 200 : 503)
            },
        ]
    }
}
