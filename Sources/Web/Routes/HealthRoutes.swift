import Core
import Hub

/// `/health/live` and `/health/ready`.
enum HealthRoutes {
    static func handlers(_ hub: Hub) -> [String: Handler] {
        [
            "health.live": .open { _ in .json(["status": "live"]) },
            "health.ready": .open { _ in
                let isReady = await hub.isReady()
                return .json(["status": isReady ? "ready" : "not ready"], status: isReady ? 200 : 503)
            },
        ]
    }
}
