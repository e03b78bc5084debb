/** What a record of round trips tells of their distribution, in per cent of the trips. */
export const kPercentiles = [0, 1, 5, 10, 25, 50, 75, 90, 95, 99, 99.5, 99.9, 99.95, 99.99, 100];
