using Mesh.Conformance.Tests.Worlds;
using Mesh.Runtime.Proxy;

namespace Mesh.Conformance.Tests;

/// <summary>A behaviour under a policy: the one body that both worlds run.</summary>
internal static class Case
{
    public const ulong Seed = 42;
    public const int Replicas = 3;
    private static readonly TimeSpan Settling = TimeSpan.FromSeconds(20);
    private static readonly Lazy<Task> Warm = new(WarmUpAsync);

    /// <summary>What the virtual world decides.</summary>
    /// <param name="behaviour">The behaviour.</param>
    /// <param name="policy">The policy.</param>
    /// <param name="plant">A bug to plant in the network; <c>null</c> for none.</param>
    public static CaseResult Virtual(Behaviour behaviour, CasePolicy policy, Func<IUpstream, IUpstream>? plant = null)
    {
        var world = new VirtualWorld(behaviour, policy.Config, plant);
        world.Run(() => RunAsync(world, policy));
        return new CaseResult(world.Decisions.Trace(policy.BackoffsAreExact), world.Decisions.Summary(), TimeSpan.Zero);
    }

    /// <summary>What the live world decides.</summary>
    public static async Task<CaseResult> LiveAsync(Behaviour behaviour, CasePolicy policy)
    {
        await Warm.Value;
        return await PlayAsync(behaviour, policy);
    }

    private static async Task<CaseResult> PlayAsync(Behaviour behaviour, CasePolicy policy)
    {
        await using var world = await LiveWorld.StartAsync(behaviour, policy.Config);
        await using var lateness = new Lateness();
        await RunAsync(world, policy);
        return new CaseResult(world.Decisions.Trace(policy.BackoffsAreExact), world.Decisions.Summary(), lateness.Worst);
    }

    /// <summary>The first request of a process pays for compiling the whole way.</summary>
    private static async Task WarmUpAsync()
    {
        await PlayAsync(Behaviours.Find("fails-twice"), CasePolicies.Retries);
        await PlayAsync(Behaviours.Find("grpc-in-headers"), CasePolicies.Retries);
    }

    private static async Task RunAsync(IWorld world, CasePolicy policy)
    {
        await SendAsync(world, policy, first: 1, policy.Requests);
        if (policy.Afterwards == 0 || !world.Decisions.IsInterrupted) return;
        await Task.Delay(policy.Pause, world.Time);
        await SendAsync(world, policy, first: policy.Requests + 1, policy.Afterwards);
    }

    private static async Task SendAsync(IWorld world, CasePolicy policy, int first, int count)
    {
        var running = new List<Task>();
        for (int i = 0; i < count; i++)
        {
            running.Add(RequestAsync(world, (ulong)(first + i)));
            if (policy.Overlap is { } gap) await Task.Delay(gap, world.Time);
            else await running[^1];
        }
        await Task.WhenAll(running);
    }

    /// <summary>One request, until everything about it is settled.</summary>
    private static async Task RequestAsync(IWorld world, ulong key)
    {
        world.Decisions.ClientGot(key, await world.SendAsync(key));
        long limit = world.Time.GetTimestamp() + (long)(Settling.TotalSeconds * world.Time.TimestampFrequency);
        while (!world.Decisions.IsSettled(key))
        {
            if (world.Time.GetTimestamp() > limit) throw new TimeoutException($"Request {key} was not settled within {Settling}:\n{world.Decisions.Trace(backoffs: true)}");
            await Task.Delay(TimeSpan.FromMilliseconds(2), world.Time);
        }
    }
}

/// <summary>What a run of a case showed.</summary>
/// <param name="Trace">The decision trace.</param>
/// <param name="Summary">The same in one line.</param>
/// <param name="Lateness">How late the machine woke a timer while it ran; above <see cref="Lateness.Fair"/> the margins of the case do not hold.</param>
internal sealed record CaseResult(string Trace, string Summary, TimeSpan Lateness);
