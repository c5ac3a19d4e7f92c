// M/M/1 at utilisation 0.8 with SimSharp: mm1 textbook|lean CUSTOMERS
// Prints one line of JSON, for the second of two runs: the first lets the JIT see the code. The seconds are processor time.
using System;
using System.Collections.Generic;
using System.Globalization;
using SimSharp;

internal static class Mm1SimSharp
{
    private static void Main(string[] args)
    {
        int customers = int.Parse(args[1], CultureInfo.InvariantCulture);
        new Model(args[0], customers / 4).Run();
        var model = new Model(args[0], customers);
        var start = System.Environment.CpuUsage.TotalTime;
        model.Run();
        double seconds = (System.Environment.CpuUsage.TotalTime - start).TotalSeconds;
        Console.WriteLine(FormattableString.Invariant(
            $"{{\"customers\": {customers}, \"seconds\": {seconds}, \"meanSojourn\": {model.MeanSojourn}}}"));
    }

    private sealed class Model
    {
        private static readonly TimeSpan ArrivalGap = TimeSpan.FromSeconds(1.25);
        private static readonly TimeSpan Work = TimeSpan.FromSeconds(1);
        private readonly Simulation _env = new(randomSeed: 1);
        private readonly Queue<DateTime> _queue = new();
        private readonly int _customers;
        private readonly Event _done;
        private Event _idle;
        private int _served;
        private double _sojourn;

        public Model(string way, int customers)
        {
            _customers = customers;
            _done = new Event(_env);
            if (way == "textbook")
            {
                _env.Process(Customers(new Resource(_env, capacity: 1)));
                return;
            }
            _env.Process(Arrivals());
            _env.Process(Server());
        }

        public double MeanSojourn => _sojourn / _served;

        public void Run() => _env.Run(_done);

        private IEnumerable<Event> Customers(Resource server)
        {
            while (true)
            {
                yield return _env.TimeoutExponential(ArrivalGap);
                _env.Process(Customer(server));
            }
        }

        private IEnumerable<Event> Customer(Resource server)
        {
            var arrivedAt = _env.Now;
            using (var request = server.Request())
            {
                yield return request;
                yield return _env.TimeoutExponential(Work);
            }
            Departed(arrivedAt);
        }

        private IEnumerable<Event> Arrivals()
        {
            while (true)
            {
                yield return _env.TimeoutExponential(ArrivalGap);
                _queue.Enqueue(_env.Now);
                _idle?.Succeed();
                _idle = null;
            }
        }

        private IEnumerable<Event> Server()
        {
            while (true)
            {
                if (_queue.Count == 0)
                {
                    _idle = new Event(_env);
                    yield return _idle;
                }
                yield return _env.TimeoutExponential(Work);
                Departed(_queue.Dequeue());
            }
        }

        private void Departed(DateTime arrivedAt)
        {
            _sojourn += (_env.Now - arrivedAt).TotalSeconds;
            if (++_served == _customers)
                _done.Succeed();
        }
    }
}
