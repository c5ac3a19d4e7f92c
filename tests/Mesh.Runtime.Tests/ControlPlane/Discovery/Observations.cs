using System.Diagnostics;
using Mesh.Runtime.ControlPlane.Discovery;

namespace Mesh.Runtime.Tests.ControlPlane.Discovery;

/// <summary>What a provider has reported; tests wait for facts in it, with limits that a loaded machine can keep.</summary>
internal sealed class Observations : IDiscoverySink
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    private readonly Lock _lock = new();
    private readonly Dictionary<string, ServiceObservation> _last = [];
    private readonly List<ServiceObservation> _all = [];
    private readonly List<ProviderStatus> _statuses = [];
    private TaskCompletionSource _news = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public IReadOnlyList<ProviderStatus> Statuses { get { lock (_lock) return [.. _statuses]; } }

    public IReadOnlyList<ServiceObservation> All { get { lock (_lock) return [.. _all]; } }

    public int Count => All.Count;

    public ServiceObservation? Find(string service)
    {
        lock (_lock) return _last.GetValueOrDefault(service);
    }

    /// <summary>The service's addresses as last observed without an error, in order.</summary>
    public string Addresses(string service)
    {
        lock (_lock)
        {
            var last = _all.FindLast(observation => observation.Service == service && observation.Error is null);
            return string.Join(' ', (last?.Endpoints ?? []).Select(endpoint => endpoint.Address.ToString()).Order(StringComparer.Ordinal));
        }
    }

    public void Observed(ServiceObservation observation)
    {
        lock (_lock)
        {
            _all.Add(observation);
            _last[observation.Service] = observation;
        }
        Pulse();
    }

    public void StatusChanged(ProviderStatus status)
    {
        lock (_lock) _statuses.Add(status);
        Pulse();
    }

    /// <summary>Waits until a fact holds.</summary>
    /// <param name="fact">The fact.</param>
    /// <param name="said">What is to be said if it does not come about.</param>
    /// <param name="since">From when the time is measured. Default: now.</param>
    /// <returns>How long that took.</returns>
    public async Task<TimeSpan> Until(Func<bool> fact, Func<string>? said = null, long since = 0)
    {
        long began = since > 0 ? since : Stopwatch.GetTimestamp();
        while (true)
        {
            var news = Volatile.Read(ref _news).Task;
            if (fact()) return Stopwatch.GetElapsedTime(began);
            var left = Limit - Stopwatch.GetElapsedTime(began);
            Assert.True(left > TimeSpan.Zero, $"not within {Limit.TotalSeconds} s. {said?.Invoke()} Statuses: {string.Join("; ", Statuses)}");
            // Facts may also come about without a report.
            await Task.WhenAny(news, Task.Delay(100));
        }
    }

    public Task<TimeSpan> Until(string service, string addresses, long since = 0) =>
        Until(() => Addresses(service) == addresses, () => $"{service}: '{Addresses(service)}' instead of '{addresses}'.", since);

    public Task<TimeSpan> UntilSynced() => Until(ProviderState.Synced);

    public Task<TimeSpan> Until(ProviderState state) => Until(() => Statuses is [.., var last] && last.State == state);

    private void Pulse() => Interlocked.Exchange(ref _news, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).SetResult();
}
