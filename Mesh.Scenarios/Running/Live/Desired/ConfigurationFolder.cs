using Mesh.Runtime.ControlPlane;
using Mesh.Scenarios.Language;
using Mesh.Scenarios.Language.Yaml;

namespace Mesh.Scenarios.Running.Live.Desired;

/// <summary>
/// The desired configuration as a directory of YAML files. It is read whole or not at all: a change is taken over once the files have stayed the same for a moment and all of them together are right;
/// until then the last good ones are in force. Those are kept in the state directory too, so that a control plane that starts beside broken files starts with them.
/// </summary>
internal sealed class ConfigurationFolder : IDesiredConfiguration
{
    private const int MaxProblems = 20;
    private static readonly TimeSpan SettleTime = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan PollInterval = TimeSpan.FromSeconds(2);

    private readonly string _folder;
    private readonly LastGood _lastGood;
    private readonly TimeProvider _time;
    private readonly Action<string> _log;
    private readonly SemaphoreSlim _gate = new(1);   // who reads or writes the folder
    private readonly CancellationTokenSource _ends = new();
    private Action<DesiredState> _changed = static _ => { };
    private Task _watching = Task.CompletedTask;
    private IReadOnlyList<ConfigurationFile>? _seen;   // null where they could not be read
    private volatile InForce _inForce;
    private bool _isEnded;

    private ConfigurationFolder(string folder, LastGood lastGood, TimeProvider time, Action<string> log, IReadOnlyList<ConfigurationFile> seen, InForce inForce)
    {
        (_folder, _lastGood, _time, _log, _seen, _inForce) = (folder, lastGood, time, log, seen, inForce);
    }

    /// <inheritdoc/>
    public ConfigurationStatus Status => new(_folder, _inForce.Files.Count, _inForce.State.Services.Count, _inForce.Problems);

    /// <inheritdoc/>
    public DesiredState State => _inForce.State;

    /// <inheritdoc/>
    public IReadOnlyList<ConfigurationFile> Files => _inForce.Files;

    /// <summary>The configuration in a directory, or <c>null</c> after telling what is wrong with it, where no earlier one was good.</summary>
    /// <param name="folder">The directory.</param>
    /// <param name="state">The control plane's state directory, which exists.</param>
    /// <param name="time">The clock of the watch.</param>
    /// <param name="log">Told of changes and problems, from any thread.</param>
    /// <param name="problems">Told what is wrong with the files.</param>
    public static ConfigurationFolder? Open(string folder, string state, TimeProvider time, Action<string> log, Problems problems)
    {
        var lastGood = new LastGood(state);
        if (ConfigurationFiles.Read(folder, problems) is not { } files) return null;
        if (DesiredReader.Read(files, problems) is { } desired)
        {
            if (lastGood.Save(files) is { } problem) log(problem);
            return new ConfigurationFolder(folder, lastGood, time, log, files, new InForce(files, desired, []));
        }
        if (lastGood.Load() is not { } good || DesiredReader.Read(good, new Problems()) is not { } earlier) return null;
        return new ConfigurationFolder(folder, lastGood, time, log, files, new InForce(good, earlier, Texts(problems)));
    }

    /// <inheritdoc/>
    public void Start(Action<DesiredState> changed)
    {
        _changed = changed;
        changed(State);
        _watching = WatchAsync(_ends.Token);
    }

    /// <inheritdoc/>
    public async Task<ChangeAnswer> ApplyAsync(string name, string? text, bool dryRun, CancellationToken cancellation)
    {
        if (ConfigurationFiles.ProblemOfName(name) is { } wrong) return ChangeAnswer.Refused([wrong]);
        await _gate.WaitAsync(cancellation).ConfigureAwait(false);
        try
        {
            var problems = new Problems();
            if (ConfigurationFiles.Read(_folder, problems) is not { } files) return ChangeAnswer.Refused(Texts(problems));
            if (text is null && files.All(file => file.Name != name)) return ChangeAnswer.Unknown($"the configuration has no file '{name}'");
            ConfigurationFile[] wanted = [.. files.Where(file => file.Name != name).Concat(text is null ? [] : [new ConfigurationFile(name, text)]).OrderBy(file => file.Name, StringComparer.Ordinal)];
            if (DesiredReader.Read(wanted, problems) is not { } state) return ChangeAnswer.Refused(Texts(problems));
            var notes = DesiredChanges.Between(State, state);
            if (dryRun) return ChangeAnswer.Accepted(name, notes);
            ConfigurationFiles.Write(_folder, name, text);
            Take(wanted, state);
            return ChangeAnswer.Accepted(name, notes);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return ChangeAnswer.Refused([$"'{name}' cannot be written: {error.Message}"]);
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_isEnded) return;
        _isEnded = true;
        await _ends.CancelAsync().ConfigureAwait(false);
        await _watching.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _ends.Dispose();
        _gate.Dispose();
    }

    private async Task WatchAsync(CancellationToken cancellation)
    {
        using var watch = new FolderWatch(_folder);
        while (!cancellation.IsCancellationRequested)
        {
            await watch.NextAsync(PollInterval, _time, cancellation).ConfigureAwait(false);
            await SettleAsync(cancellation).ConfigureAwait(false);
        }
    }

    /// <summary>Takes the files over once they have stayed the same for a moment.</summary>
    private async Task SettleAsync(CancellationToken cancellation)
    {
        await _gate.WaitAsync(cancellation).ConfigureAwait(false);
        try
        {
            var problems = new Problems();
            var files = ConfigurationFiles.Read(_folder, problems);
            if (files is not null && _seen is not null && files.SequenceEqual(_seen)) return;
            while (true)
            {
                await Task.Delay(SettleTime, _time, cancellation).ConfigureAwait(false);
                problems = new Problems();
                var again = ConfigurationFiles.Read(_folder, problems);
                if (again is null ? files is null : files is not null && again.SequenceEqual(files)) break;
                files = again;
            }
            _seen = files;
            if (files is not null && DesiredReader.Read(files, problems) is { } state) Take(files, state);
            else Refuse(Texts(problems));
        }
        finally
        {
            _gate.Release();
        }
    }

    private void Take(IReadOnlyList<ConfigurationFile> files, DesiredState state)
    {
        var notes = DesiredChanges.Between(State, state);
        (_seen, _inForce) = (files, new InForce(files, state, []));
        if (_lastGood.Save(files) is { } problem) _log(problem);
        _changed(state);
        _log($"configuration taken over: {(notes.Count == 0 ? "nothing changes" : string.Join("; ", notes))}");
    }

    private void Refuse(IReadOnlyList<string> problems)
    {
        if (problems.SequenceEqual(_inForce.Problems)) return;
        _inForce = _inForce with { Problems = problems };
        foreach (string problem in problems) _log($"configuration refused, the last good one stays: {problem}");
    }

    private static IReadOnlyList<string> Texts(Problems problems)
    {
        var errors = problems.Sorted().Where(problem => problem.Severity == Severity.Error).Select(problem => problem.ToString()).ToList();
        return errors.Count <= MaxProblems ? errors : [.. errors.Take(MaxProblems), $"and {errors.Count - MaxProblems} more problems."];
    }

    private sealed record InForce(IReadOnlyList<ConfigurationFile> Files, DesiredState State, IReadOnlyList<string> Problems);
}
