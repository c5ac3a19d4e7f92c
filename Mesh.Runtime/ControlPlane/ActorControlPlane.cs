using System.Security.Cryptography;
using Akka.Actor;
using Mesh.Runtime.ControlPlane.Injection;
using Mesh.Runtime.ControlPlane.Store;

namespace Mesh.Runtime.ControlPlane;

/// <summary>The control plane's actors as a caller sees them: questions are messages with a reply, and what they have said last is read from the board.</summary>
/// <param name="plane">The <see cref="ControlPlaneActor"/>.</param>
/// <param name="board">What the actors have said.</param>
/// <param name="configuration">The desired configuration.</param>
/// <param name="reader">Understands faults.</param>
/// <param name="journal">What happened.</param>
/// <param name="limits">How far faults may reach.</param>
/// <param name="time">The control plane's clock.</param>
internal sealed class ActorControlPlane(
    IActorRef plane, ControlPlaneBoard board, IDesiredConfiguration configuration, IFaultReader reader, Journal journal, FaultLimits limits, TimeProvider time) : IControlPlane
{
    private const int IdBytes = 3;
    private static readonly TimeSpan AnswerTime = TimeSpan.FromSeconds(10);
    private readonly long _began = time.GetTimestamp();

    /// <inheritdoc/>
    public async Task<ControlPlaneStatus> StatusAsync(CancellationToken cancellation)
    {
        var registry = await AskAsync<RegistryStatus>(reply => new RegistryStatusWanted(reply), cancellation).ConfigureAwait(false);
        var status = new ControlPlaneStatus { Version = 0, Up = time.GetElapsedTime(_began), Configuration = configuration.Status, Services = [], Sources = [], Proxies = [], Faults = [] };
        return board.Fill(status, configuration.State.Services.Keys, registry);
    }

    /// <inheritdoc/>
    public async Task<ChangeAnswer> InjectAsync(FaultRequest request, bool dryRun, string by, CancellationToken cancellation)
    {
        var problems = new List<string>();
        if (!configuration.State.Services.ContainsKey(request.Service) && !board.Knows(request.Service)) problems.Add($"there is no service '{request.Service}'; 'meshlab status' lists them");
        if (request.Headers.Any(header => string.IsNullOrEmpty(header.Value))) return ChangeAnswer.Refused([.. problems, "a header has no value; write a name and a value"]);
        if (reader.Read(request, problems) is not { } config || problems.Count > 0) return ChangeAnswer.Refused(problems);

        string id = $"{config.Name}-{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(IdBytes))}";
        var order = new FaultOrder(id, config, request.Service, request.Version, request.Zone, by) { Written = request };
        var endpoints = board.EndpointsOf(request.Service);
        var radius = BlastRadius.Of(order, endpoints);
        if (radius is { Endpoints: 0, AllEndpoints: > 0 }) return ChangeAnswer.Refused([NoEndpoint(request)]);

        var message = new InjectFault(order, request.Lease is { } lease && lease < request.For ? lease : request.For, static _ => { })
        {
            Life = request.For,
            Check = inForce => request.AllowLarge ? [] : [.. radius.Problems(limits, [.. inForce.Select(fault => BlastRadius.Of(fault.Fault, board.EndpointsOf(fault.Fault.Service)))])],
            IsDryRun = dryRun,
        };
        var answer = await AskAsync<FaultAnswer>(reply => message with { Reply = reply }, cancellation).ConfigureAwait(false);
        return answer.Problems.Count > 0 ? ChangeAnswer.Refused(answer.Problems, [radius.ToString()]) : ChangeAnswer.Accepted(dryRun ? null : id, [radius.ToString()]);
    }

    /// <inheritdoc/>
    public async Task<ChangeAnswer> RenewFaultAsync(string id, CancellationToken cancellation) =>
        Answer(id, await AskAsync<FaultAnswer>(reply => new RenewFault(id) { Reply = reply }, cancellation).ConfigureAwait(false));

    /// <inheritdoc/>
    public async Task<ChangeAnswer> StopFaultAsync(string? id, string by, string why, CancellationToken cancellation) =>
        Answer(id, await AskAsync<FaultAnswer>(reply => new EndFault(id, why) { By = by, Reply = reply }, cancellation).ConfigureAwait(false));

    /// <inheritdoc/>
    public Task<IReadOnlyList<ConfigurationFile>> ConfigurationAsync(CancellationToken cancellation) => Task.FromResult(configuration.Files);

    /// <inheritdoc/>
    public async Task<ChangeAnswer> ApplyAsync(string name, string? text, bool dryRun, string by, CancellationToken cancellation)
    {
        var answer = await configuration.ApplyAsync(name, text, dryRun, cancellation).ConfigureAwait(false);
        if (!dryRun && answer.Outcome == ChangeOutcome.Accepted) journal.Append(by, $"configuration {name} {(text is null ? "removed" : "applied")}", string.Join("; ", answer.Notes));
        return answer;
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<JournalEntry>> JournalAsync(int most, CancellationToken cancellation) => Task.FromResult(journal.Newest(most));

    private static ChangeAnswer Answer(string? id, FaultAnswer answer) =>
        answer.Problems is [var problem, ..] ? (id is not null && problem == FaultAnswer.NotInForce(id) ? ChangeAnswer.Unknown(problem) : ChangeAnswer.Refused(answer.Problems))
            : ChangeAnswer.Accepted(id, [.. answer.Ended.Select(ended => $"{ended} has ended")]);

    private string NoEndpoint(FaultRequest request)
    {
        var endpoints = board.EndpointsOf(request.Service);
        string versions = string.Join(", ", endpoints.Select(endpoint => endpoint.Version).Distinct().Order(StringComparer.Ordinal));
        string zones = string.Join(", ", endpoints.Select(endpoint => endpoint.Zone).Where(zone => zone.Length > 0).Distinct().Order(StringComparer.Ordinal));
        return $"no endpoint of '{request.Service}' has {request.Target()}; it has the versions {versions}{(zones.Length > 0 ? $" and the zones {zones}" : "")}";
    }

    /// <summary>Sends a message that has a reply, and waits for it.</summary>
    private async Task<T> AskAsync<T>(Func<Action<T>, object> message, CancellationToken cancellation)
    {
        var answer = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        plane.Tell(message(reply => answer.TrySetResult(reply)));
        try
        {
            return await answer.Task.WaitAsync(AnswerTime, time, cancellation).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            throw new TimeoutException($"the control plane's actors have not answered for {AnswerTime.TotalSeconds} s");
        }
    }
}
