using Mesh.Runtime.Model;
using Mesh.Runtime.Proxy;
using Mesh.Runtime.Randomness;
using Mesh.Simulator;
using Mesh.Simulator.Workloads;

namespace Mesh.Scenarios.Running.Live;

/// <summary>
/// The load of a scenario over real sockets: the virtual world's arrivals, choices and keys, sent to the ingress sidecar by a thread that does nothing else.
/// A request's latency counts from when it should have been sent; how late it was, and what it did not send for the bound on requests in progress, the generator says itself.
/// </summary>
internal sealed class LiveWorkload : IAsyncDisposable
{
    private readonly TimeProvider _time;
    private readonly LiveWorkloadOptions _options;
    private readonly ILiveRequests _sink;
    private readonly LiveClient _client;
    private readonly PreciseTimers _timers;
    private readonly Source[] _sources;
    private readonly SendTally _tally;
    private readonly CancellationTokenSource _cut = new();
    private readonly TaskCompletionSource _drained = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly int _most;
    private int _pending = 1;   // requests in progress, and the generator itself until its end
    private int _unanswered;
    private long _end;

    /// <param name="workloads">The load, in the file's order.</param>
    /// <param name="seed">The run's seed.</param>
    /// <param name="options">Where to, and its bounds.</param>
    /// <param name="sink">Told of every request.</param>
    /// <param name="time">The world's time; its timestamps are ticks.</param>
    public LiveWorkload(IReadOnlyList<WorkloadConfig> workloads, ulong seed, LiveWorkloadOptions options, ILiveRequests sink, TimeProvider time)
    {
        _time = time;
        _options = options;
        _sink = sink;
        _most = Math.Max(options.MaxInProgress, workloads.Sum(workload => workload.Users));
        _tally = new SendTally(options.LateAfter, _most);
        _client = new LiveClient(options.Client with { MaxConnections = _most }, time);
        _timers = new PreciseTimers(time, "load generator");
        var random = new KeyedRandom(seed);
        _sources = [.. workloads.Select((workload, index) => new Source(new WorkloadPlan(workload, index, random), index))];
    }

    /// <summary>Requests sent and not yet answered.</summary>
    public int InProgress => Math.Max(0, Volatile.Read(ref _pending) - 1);

    /// <summary>Sends the load, then waits for the answers. To be called once.</summary>
    /// <param name="begin">When the load's own time begins, in ticks of the world.</param>
    /// <param name="length">How long it lasts.</param>
    /// <param name="cancellation">Ends it sooner: nothing more is sent.</param>
    public async Task<LiveLoadReport> RunAsync(long begin, TimeSpan length, CancellationToken cancellation = default)
    {
        _end = begin + length.Ticks;
        var over = new Moment();
        using var stopped = cancellation.UnsafeRegister(static moment => ((Moment)moment!).Elapse(), over);
        foreach (var source in _sources) Start(source, begin);
        _timers.Schedule(over, _end);
        await over.Reached.ConfigureAwait(false);
        _timers.Dispose();   // from here on nobody sends
        Ended(user: null);
        await DrainAsync().ConfigureAwait(false);
        return _tally.Report(_unanswered);
    }

    public ValueTask DisposeAsync()
    {
        _timers.Dispose();
        _cut.Cancel();
        _client.Dispose();
        return ValueTask.CompletedTask;
    }

    private void Start(Source source, long begin)
    {
        var config = source.Plan.Config;
        if (config.Arrivals != ArrivalProcess.Closed)
        {
            new Arrival(this, source, begin).ScheduleNext();
            return;
        }
        for (int user = 0; user < config.Users; user++) new User(this, source, user).Think(begin);
    }

    /// <summary>Waits for requests in progress, and cuts off what is not answered in time.</summary>
    private async Task DrainAsync()
    {
        using var limit = new CancellationTokenSource(_options.DrainLimit, _time);
        using var cut = limit.Token.UnsafeRegister(static load => ((LiveWorkload)load!)._cut.Cancel(), this);
        await _drained.Task.ConfigureAwait(false);
    }

    /// <summary>Sends one request now, which should have been sent at <paramref name="intended"/>.</summary>
    private void Send(Source source, ulong key, long intended, User? user)
    {
        int kind = source.Plan.Choose(key);
        long sent = _timers.Now;
        if (Interlocked.Increment(ref _pending) > _most + 1)
        {
            _tally.Refused();
            _sink.On(new LiveRequest(source.Index, kind, key, intended, sent, sent, Started: false, default));
            Ended(user);
            return;
        }
        _tally.Sent(sent - intended);
        _ = SendAsync(source, kind, key, intended, sent, user);
    }

    private async Task SendAsync(Source source, int kind, ulong key, long intended, long sent, User? user)
    {
        var config = source.Plan.Config.Mix[kind];
        var request = new MeshRequest { Class = source.Classes[kind], Method = config.Method, Headers = config.Headers, BodyBytes = config.RequestBytes, Key = key, IntendedStart = intended };
        config.Head.ApplyTo(request);
        LiveAnswer answer;
        if (source.Plan.Config.Timeout is { } limit)
        {
            request.Deadline = intended + limit.Ticks;
            using var timeout = new CancellationTokenSource(TimeSpan.FromTicks(Math.Max(0, request.Deadline - sent)), _time);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, _cut.Token);
            answer = await _client.SendAsync(request, [], either.Token).ConfigureAwait(false);
        }
        else
        {
            answer = await _client.SendAsync(request, [], _cut.Token).ConfigureAwait(false);
        }
        if (answer.GaveUp && _cut.IsCancellationRequested) Interlocked.Increment(ref _unanswered);
        _sink.On(new LiveRequest(source.Index, kind, key, intended, sent, _timers.Now, Started: true, answer));
        Ended(user);
    }

    private void Ended(User? user)
    {
        user?.Think(_timers.Now);
        if (Interlocked.Decrement(ref _pending) == 0) _drained.TrySetResult();
    }

    /// <summary>One workload, and the classes of its mix.</summary>
    private sealed class Source(WorkloadPlan plan, int index)
    {
        public WorkloadPlan Plan => plan;

        public int Index => index;

        public RequestClass[] Classes { get; } = [.. plan.Config.Mix.Select(kind => new RequestClass(-1, -1, plan.Config.To, kind.Path))];
    }

    /// <summary>The next request of an open loop.</summary>
    private sealed class Arrival(LiveWorkload load, Source source, long begin) : PreciseTimer
    {
        private readonly IEnumerator<long> _times = source.Plan.Arrivals().GetEnumerator();
        private ulong _number;

        public void ScheduleNext()
        {
            if (_times.MoveNext() && begin + _times.Current < load._end) load._timers.Schedule(this, begin + _times.Current);
        }

        public override void Elapse()
        {
            load.Send(source, source.Plan.KeyOf(_number++), Due, user: null);
            ScheduleNext();
        }
    }

    /// <summary>A user of a closed loop.</summary>
    private sealed class User(LiveWorkload load, Source source, int index) : PreciseTimer
    {
        private int _requests;

        public void Think(long now)
        {
            long due = now + source.Plan.ThinkTicks(index, _requests);
            if (due < load._end) load._timers.Schedule(this, due);
        }

        public override void Elapse() => load.Send(source, source.Plan.KeyOf(index, _requests++), Due, this);
    }

    /// <summary>The end of the load.</summary>
    private sealed class Moment : PreciseTimer
    {
        private readonly TaskCompletionSource _reached = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Reached => _reached.Task;

        public override void Elapse() => _reached.TrySetResult();
    }
}
