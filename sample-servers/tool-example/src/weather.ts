import { z } from 'zod';

const CONDITIONS = ['clear', 'cloudy', 'rain', 'snow'] as const;

/** What a call asks for; the same schema is registered with the tool, so nothing else arrives. */
export const WeatherRequest = z.object({
  location: z.string().trim().min(1).max(200).describe('City, such as Łódź'),
  unit: z.enum(['celsius', 'fahrenheit']).default('celsius').describe('Of the temperature'),
});

/** What a call answers. */
export const Weather = z.object({
  location: z.string(),
  temperature: z.number(),
  unit: z.enum(['celsius', 'fahrenheit']),
  conditions: z.enum(CONDITIONS),
});
export type Weather = z.output<typeof Weather>;

/** The weather as this example makes it up: the same for the same place, so that tests know it. */
export function weatherAt({ location, unit }: z.output<typeof WeatherRequest>): Weather {
  const seed = Array.from(location.toLowerCase()).reduce(
    (sum, letter) => sum + letter.charCodeAt(0),
    0,
  );
  const celsius = (seed % 45) - 10;
  return {
    location,
    temperature: unit === 'celsius' ? celsius : Math.round(celsius * 1.8 + 32),
    unit,
    conditions: CONDITIONS[celsius < 0 ? 3 : seed % 3] ?? 'clear',
  };
}
