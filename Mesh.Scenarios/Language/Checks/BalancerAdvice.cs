using Mesh.Runtime.Model;
using Mesh.Simulator;

namespace Mesh.Scenarios.Language.Checks;

/// <summary>Consistent hashing that has nothing to hash.</summary>
internal static class BalancerAdvice
{
    public static void Run(Advisor advisor)
    {
        foreach (var service in advisor.World.Services)
        {
            if (advisor.World.Mesh.PolicyFor(service.Name).LoadBalancer is { Algorithm: LoadBalancerAlgorithm.RingHash or LoadBalancerAlgorithm.Maglev } balancer)
                Affinity(advisor, service, balancer);
        }
    }

    private static void Affinity(Advisor advisor, ServiceConfig service, LoadBalancerConfig balancer)
    {
        string algorithm = ConfigText.Of(balancer.Algorithm);
        if (balancer.HashOn is not { } affinity)
        {
            Warn($"'{algorithm}' has no 'hashOn' for '{service.Name}', and draws a hash for each request: that is a random balancer with the imbalance of a hash. " +
                "Say what ties requests together, such as 'hashOn: {header: x-user}', or balance by leastRequest.");
            return;
        }
        if (affinity.By != AffinitySource.Header) return;
        var requests = advisor.Requests().Where(request => request.To == service.Name).ToList();
        if (requests.Count == 0 || requests.Exists(request => request.Headers.Any(header => header.Key.Equals(affinity.Name, StringComparison.OrdinalIgnoreCase)))) return;
        Warn($"'{algorithm}' hashes requests to '{service.Name}' by the header '{affinity.Name}', which none of the {requests.Count} kind{(requests.Count == 1 ? "" : "s")} of requests to it carries: each gets a drawn hash. " +
            "Add the header where they are sent, with 'headers'.");

        void Warn(string message) => advisor.WarnOf(service.Name, policy => policy.LoadBalancer, "loadBalancer", message);
    }
}
