using System.Collections.Concurrent;
using System.ComponentModel;
using System.Diagnostics;
using Mesh.Scenarios.Cli;

namespace Mesh.Scenarios.Running.Live.Isolation;

/// <summary>
/// A process of an isolated world, from the runner's side. Its standard input is a pipe that only the runner holds: it is the way to it, and its end is the runner's end.
/// It never ends in silence: whoever waits for an answer gets an error with its last words.
/// </summary>
internal sealed class ChildProcess : IAsyncDisposable
{
    private const int TailLines = 20;
    private const int StackBytes = 256 << 10;
    private static readonly TimeSpan EndLimit = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(8);   // a sidecar's drain time, and some

    private readonly ConcurrentDictionary<long, TaskCompletionSource<Message>> _asked = new();
    private readonly SemaphoreSlim _writing = new(1);
    private readonly Queue<string> _tail = new();
    private readonly TaskCompletionSource _gone = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly IChildListener _listener;
    private readonly Process _process;
    private readonly Thread _errors;
    private long _questions;
    private volatile string? _end;
    private volatile bool _isExpected;

    private ChildProcess(string name, Process process, IChildListener listener)
    {
        (Name, _process, _listener, Id) = (name, process, listener, process.Id);
        _errors = new Thread(ReadErrors, StackBytes) { IsBackground = true, Name = $"errors of {name}" };
        _errors.Start();
        new Thread(Read, StackBytes) { IsBackground = true, Name = $"pipe of {name}" }.Start();
    }

    /// <summary>What it is, for people: <c>sidecar of payments-v1-0</c>.</summary>
    public string Name { get; }

    /// <summary>The process's id.</summary>
    public int Id { get; }

    /// <summary>Whether it is gone.</summary>
    public bool HasEnded => _gone.Task.IsCompleted;

    /// <summary>Starts this program once more.</summary>
    /// <exception cref="IOException">It cannot be started.</exception>
    public static ChildProcess Start(string name, IChildListener listener)
    {
        try
        {
            return new ChildProcess(name, Process.Start(ThisProgram.Again(NodeCommand.Name, name))!, listener);
        }
        catch (Win32Exception error)
        {
            throw new IOException($"{name}: no process can be started for it: {error.Message}", error);
        }
    }

    /// <summary>Asks it something.</summary>
    /// <exception cref="IOException">It cannot do it, or is gone; the message says why.</exception>
    public async Task<T> AskAsync<T>(Message question, CancellationToken cancellation = default)
        where T : Message
    {
        long id = Interlocked.Increment(ref _questions);
        var answer = _asked[id] = new TaskCompletionSource<Message>(TaskCreationOptions.RunContinuationsAsynchronously);
        try
        {
            await SendAsync(question with { Id = id }, cancellation).ConfigureAwait(false);
            if (_end is { } end) throw new IOException(end);
            return await answer.Task.WaitAsync(cancellation).ConfigureAwait(false) switch
            {
                T expected => expected,
                Failed failed => throw new IOException($"{Name}: {failed.Why}"),
                var other => throw new IOException($"{Name} answers with {other.GetType().Name}"),
            };
        }
        finally
        {
            _asked.TryRemove(id, out _);
        }
    }

    /// <summary>Asks it something that it may not answer, for so long.</summary>
    /// <returns>The answer; <c>null</c> where none came.</returns>
    public async Task<T?> TryAskAsync<T>(Message question, TimeSpan limit, TimeProvider time)
        where T : Message
    {
        using var end = new CancellationTokenSource(limit, time);
        try
        {
            return await AskAsync<T>(question, end.Token).ConfigureAwait(false);
        }
        catch (Exception error) when (error is IOException or OperationCanceledException)
        {
            return null;
        }
    }

    /// <summary>Ends it at once.</summary>
    public async Task KillAsync()
    {
        _isExpected = true;
        try
        {
            _process.Kill();
        }
        catch (InvalidOperationException)
        {
            // It has ended.
        }
        await _gone.Task.ConfigureAwait(false);
    }

    /// <summary>Ends it with time for what is under way.</summary>
    public async ValueTask DisposeAsync()
    {
        if (!_isExpected && _end is null)
        {
            _isExpected = true;
            await TryAskAsync<Done>(new Stop(), StopLimit, TimeProvider.System).ConfigureAwait(false);
            using var limit = new CancellationTokenSource(EndLimit, TimeProvider.System);
            await _gone.Task.WaitAsync(limit.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
        await KillAsync().ConfigureAwait(false);
    }

    private async Task SendAsync(Message message, CancellationToken cancellation)
    {
        byte[] frame = message.ToFrame();
        await _writing.WaitAsync(cancellation).ConfigureAwait(false);
        await WriteAsync(frame).WaitAsync(cancellation).ConfigureAwait(false);   // one that stands still may not read for long
    }

    private async Task WriteAsync(byte[] frame)
    {
        try
        {
            await _process.StandardInput.BaseStream.WriteAsync(frame).ConfigureAwait(false);
        }
        catch (IOException)
        {
            await _gone.Task.ConfigureAwait(false);   // nobody reads the pipe: its end says more than that
        }
        finally
        {
            _writing.Release();
        }
    }

    private void Read()
    {
        string? broken = null;
        try
        {
            var reader = new FrameReader(_process.StandardOutput.BaseStream);
            while (reader.TryRead(out var kind, out var content))
            {
                if (kind == FrameKind.Message) Take(Message.Read(content));
                else if (kind == FrameKind.Events) _listener.OnEvents(content);
                else _listener.OnLines(content);
            }
        }
        catch (EndOfStreamException)
        {
            // It was killed while it wrote.
        }
        catch (Exception error)
        {
            broken = error.Message;
        }
        End(broken);
    }

    private void Take(Message message)
    {
        if (message is Sign sign) _ = SendAsync(_listener.OnSign(sign.Request) with { Id = sign.Id }, CancellationToken.None);
        else if (message is Lost lost) _listener.OnLost(lost.Count);
        else if (_asked.TryGetValue(message.Id, out var asked)) asked.TrySetResult(message);
    }

    private void End(string? broken)
    {
        if (broken is not null || !_process.WaitForExit(EndLimit)) _process.Kill();
        _process.WaitForExit();
        _errors.Join(EndLimit);
        int code = _process.ExitCode;
        string how = broken is not null ? $"sent what cannot be read ({broken})" : code > 128 ? $"was ended by signal {code - 128}" : $"ended by itself with exit code {code}";
        lock (_tail) _end = $"{Name} (process {Id}) {how}{(_tail.Count == 0 ? "." : $"; its last words:\n  {string.Join("\n  ", _tail)}")}";
        foreach (var asked in _asked.Values) asked.TrySetException(new IOException(_end));
        if (!_isExpected) _listener.OnEnd(_end);
        _gone.TrySetResult();
    }

    private void ReadErrors()
    {
        while (_process.StandardError.ReadLine() is { } line)
        {
            lock (_tail)
            {
                _tail.Enqueue(line);
                if (_tail.Count > TailLines) _tail.Dequeue();
            }
        }
    }
}

/// <summary>Told what a process says of its own accord, on a thread that reads its pipe: the process waits meanwhile.</summary>
internal interface IChildListener
{
    /// <summary>Decisions, as they lie in memory.</summary>
    void OnEvents(ReadOnlySpan<byte> events);

    /// <summary>Whole lines for standard output.</summary>
    void OnLines(ReadOnlySpan<byte> lines);

    /// <summary>Decisions that it could not tell.</summary>
    void OnLost(long count);

    /// <summary>It asks for a certificate; the answer.</summary>
    Message OnSign(byte[] request);

    /// <summary>It has ended, and nobody had told it to.</summary>
    void OnEnd(string how);
}
